import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openPage } from '../support/browser.js'
import { Candidate } from './candidate.js'

export interface OpenedCandidate {
  candidate: Candidate
  page: Page
  context: BrowserContext
  /** As of `openPage`, without what the interview itself does. */
  misdeeds: () => string[]
}

/** A candidate in a browser context of its own, who may use the clipboard. */
export async function openCandidate(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<OpenedCandidate> {
  const permissions = ['clipboard-read', 'clipboard-write']
  const { page, context, misdeeds } = await openPage(browser, url, { permissions, ...options })
  // Modules of the candidate's code, which its worker makes and loads itself.
  const isModule = (misdeed: string) => misdeed.startsWith(`request: blob:${url}/`)
  return {
    candidate: new Candidate(page, context),
    page,
    context,
    misdeeds: () => misdeeds.filter((misdeed) => !isModule(misdeed)),
  }
}
