import { rm } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { waitFor } from '../../support/wait-for.js'
import { buildPages, type EditorName } from './build-pages.js'
import { type OpenInterview, openInterview } from './open-interview.js'
import type { PageLoad } from './oracle.js'
import { type PageServer, startPageServer } from './page-server.js'
import { type Stack, startStack } from './stack.js'

/** Service and pages of one test file. */
export interface Rig extends AsyncDisposable {
  readonly stack: Stack
  readonly pages: PageServer
  /** A session of its own, and its candidate's page with this text, connected. */
  open(startText?: string, initScript?: () => void): Promise<OpenInterview>
}

export async function startRig(
  editor: EditorName = 'codemirror',
  env: Record<string, string> = {},
): Promise<Rig> {
  const folder = await buildPages([editor])
  const pages = await startPageServer(folder)
  const stack = await startStack({ FLUSH_DUE_MS: '300', ...env })
  return {
    stack,
    pages,
    open: async (startText = 'first line\nsecond line\n', initScript) => {
      const interview = await openInterview({ editor, stack, pages, startText, initScript })
      await whenRecording(interview.candidate.page)
      return interview
    },
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]()
      await pages.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function whenRecording(page: Page): Promise<void> {
  await page.waitForFunction(() => globalThis.interview?.recorder.status.state === 'recording')
}

/** Waits until the disk has all that the page has recorded and the database has not. */
export async function onDisk(page: Page, load: PageLoad): Promise<void> {
  await waitFor('the disk to have it', async () => {
    const entries = await page.evaluate(() => globalThis.interview?.onDisk())
    const committed = await page.evaluate(() => globalThis.interview?.recorder.status.committedSeq ?? 0)
    return (entries?.[load.sourceId] ?? 0) >= load.events.length - committed
  })
}
