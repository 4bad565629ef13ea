import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** To be called before the page is loaded: the page's policy lets no script in afterwards. */
export async function bringAxe(context: BrowserContext): Promise<void> {
  await context.addInitScript({ path: AXE })
}

/**
 * What axe finds on the page as it is that keeps somebody from using it, in words: serious and critical. A terminal's rows
 * are left out: what a program prints dimly is shown so, and screen readers have it elsewhere.
 */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(
    (): Promise<AxeResults> =>
      (window as unknown as { axe: typeof import('axe-core') }).axe.run(
        { exclude: [['.xterm-rows'], { fromShadowDom: ['interviewlm-session-player', '.xterm-rows'] }] },
        // What passes is not gathered, element by element.
        { resultTypes: ['violations'] },
      ),
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    )
}
