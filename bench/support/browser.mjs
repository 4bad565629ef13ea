import { chromium as chromiumApi } from 'playwright-core'
import { chromium } from '../../scripts/bare/system-packages.mjs'
import { atHighPriority } from './high-priority.mjs'

/** Nothing of the browser's own that works or asks the network beside the page. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Chromium, headless, above other programs where that is allowed.
 * @param {(text: string) => void} say
 * @param {{ env?: Record<string, string | undefined>, args?: string[] }} options
 */
export async function openBrowser(say, { env = {}, args = [] } = {}) {
  const found = await chromium(process.env, say)
  if (found.path === null) throw new Error(found.reason)
  const executablePath = found.path
  return atHighPriority(() =>
    chromiumApi.launch({
      executablePath,
      env: /** @type {any} */ ({ ...process.env, ...env }),
      args: [...BROWSER_FLAGS, ...args],
    }),
  )
}

/**
 * Opens a page, and makes what fails in it fail here.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {{ width: number, height: number }} viewport
 */
export async function openPage(browser, url, viewport) {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  /** @type {string[]} */
  const faults = []
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message))
  const cdp = await context.newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  await page.goto(url)
  return {
    page,
    /** @param {string} script */
    async evaluate(script) {
      const answer = await page.evaluate(script)
      if (faults.length > 0) throw new Error(`The page failed: ${faults.join('; ')}`)
      return /** @type {any} */ (answer)
    },
    /** What the page's main thread took since it began, in processor time: waiting for a processor is not in it. */
    async taskMs() {
      const { metrics } = await cdp.send('Performance.getMetrics')
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0)
    },
    close: () => context.close(),
  }
}
