import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Headless Chromium as `npm test` found it. */
export async function openBrowser(): Promise<Browser> {
  const { CHROMIUM_PATH } = process.env
  if (!CHROMIUM_PATH) throw new Error('CHROMIUM_PATH is not set: run the tests through `npm test`.')
  return chromium.launch({
    executablePath: CHROMIUM_PATH,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface WatchedPage {
  page: Page
  context: BrowserContext
  /**
   * What no page of the console ever does, in words: faults and console errors, what the content security policy
   * stopped, dialogs, popups, and requests to anybody else.
   */
  misdeeds: string[]
}

const SERVICE_AWAY =
  /net::ERR_(CONNECTION|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED)|WebSocket connection|status of 50[0-9]/

/** A page in a context of its own (storage, permissions), with an eye on what it does. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const misdeeds: string[] = []
  page.on('pageerror', (error) => misdeeds.push(`fault: ${error.message}`))
  page.on('console', (message) => {
    // A service that is away, or goes in the middle of an answer, is reported by the browser itself; the page can't
    // keep it quiet.
    if (message.type() === 'error' && !SERVICE_AWAY.test(message.text()))
      misdeeds.push(`console: ${message.text()}`)
  })
  page.on('dialog', (dialog) => {
    misdeeds.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith(origin.replace('http', 'ws')) && !url.startsWith('data:'))
      misdeeds.push(`request: ${url}`)
  })
  context.on('page', (other) => {
    if (other !== page) misdeeds.push(`popup: ${other.url()}`)
  })
  return { page, context, misdeeds }
}
