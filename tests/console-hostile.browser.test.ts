import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import { recordHostile } from './support/hostile-recording.js'
import { momentOf, movedBy, shownCode, shownScreen } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import { aRecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

let world: World
let server: ProductProcess
let browser: Browser

beforeAll(async () => {
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** With TEST_WHOLE=1 a hundred megabytes, which take minutes to record and to read; without, more than the player draws. */
const IS_WHOLE = process.env.TEST_WHOLE === '1'
const OUTPUT_CHARS = (IS_WHOLE ? 100 : 5) * 1_000_000
/** Bounds for broken code, for one step and for the test. */
const STEP_TIMEOUT_MS = IS_WHOLE ? 120_000 : 30_000
const TIMEOUT_MS = IS_WHOLE ? 600_000 : 180_000
const LINE_CHARS = 10_000_000

/** What must hold in every state of the player. */
async function isIntact(page: Page, width: number): Promise<void> {
  const found = await page.evaluate(() => ({
    ran: (window as unknown as { ran?: number }).ran ?? 0,
    widest: document.documentElement.scrollWidth,
    scripts: document.querySelectorAll('script:not([src])').length,
    images: document.querySelectorAll('main img[src]').length,
    outside: [...document.querySelectorAll('.pane, .transport, .player-header')]
      .map((element) => element.getBoundingClientRect())
      .filter(({ left, right, bottom }) => left < 0 || right > innerWidth + 1 || bottom > innerHeight + 1)
      .length,
  }))
  expect(found).toEqual({ ran: 0, widest: width, scripts: 0, images: 0, outside: 0 })
}

test('a hostile recording plays: it is shown as it is, nothing runs, and nothing leaves its place', {
  timeout: TIMEOUT_MS,
}, async () => {
  const session = await aRecordedSession(world, server, { question: { title: 'Hostile' } })
  await recordHostile(session, { lineChars: LINE_CHARS, outputChars: OUTPUT_CHARS })
  await session.close()
  const { page, context, misdeeds } = await openPage(browser, server.url, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  page.setDefaultTimeout(STEP_TIMEOUT_MS)
  await page.goto(`${server.url}/sessions/${session.id}#token=${await world.token('proctor')}`)
  await page.evaluate(() => navigator.clipboard.writeText('untouched'))
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  await waitFor(
    'the terminal',
    async () => (await shownScreen(page)).join('\n').includes('<script>'),
    STEP_TIMEOUT_MS,
  )
  expect(await shownCode(page)).toContain('<script>')
  // What steers text unseen is seen.
  await page.locator('.file-row', { hasText: '‹U+202E›' }).first().waitFor()
  await isIntact(page, 1280)
  await page.getByText('The screen is drawn from the end of the output').waitFor()

  await page.getByText('LINK').first().click({ force: true })
  for (const tab of ['chat', 'tests', 'notes', 'find']) {
    await page.locator(`#tab-${tab}`).click()
    if (tab === 'find') {
      await page.getByRole('searchbox').fill('<script>')
      await page.locator('.find-hit').nth(4).waitFor()
    } else await page.locator('.side-panel').getByText('<script>').first().waitFor()
    await isIntact(page, 1280)
  }
  await page.getByRole('button', { name: 'Commands' }).click()
  await page.locator('.command-list').getByText('<script>').first().waitFor()
  await isIntact(page, 1280)
  await page.getByRole('button', { name: 'Screen' }).click()

  await page.locator('.file-row', { hasText: 'line.js' }).click()
  await page.getByText('9,990,000 more characters in this line').waitFor()
  await page.getByText('too long to be shown and cut here').waitFor()
  await isIntact(page, 1280)
  await page.getByRole('button', { name: 'Changes' }).click()
  await page.getByLabel('Compare with').selectOption('start')
  await page.locator('.diff-inserted').first().waitFor()

  // It plays, from the start to the end, and every step is answered.
  await movedBy(page, () => page.locator('body').press('Home'))
  for (let n = 0; n < 5; n++) await movedBy(page, () => page.keyboard.press(']'))
  await isIntact(page, 1280)
  await page.getByLabel('Speed').selectOption('32')
  await page.locator('body').press('l')
  await waitFor(
    'the end',
    async () =>
      (await page.getByRole('button', { name: 'Play', exact: true }).count()) === 1 &&
      momentOf(page) !== null,
    STEP_TIMEOUT_MS,
  )
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Chat, tests, find' }).waitFor()
  await isIntact(page, 390)
  // Among names of any length, that of the file in front is in view.
  await page.getByRole('button', { name: 'Terminal', exact: true }).click()
  await page.getByRole('button', { name: 'Code', exact: true }).click()
  await waitFor('the file in front', async () => {
    const row = await page.locator('.file-row[aria-current="true"]').boundingBox()
    return row !== null && row.x >= 0 && row.x + row.width <= 390
  })

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('untouched')
  expect(await page.title()).not.toContain('OWNED')
  expect(new URL(page.url()).pathname).toBe(`/sessions/${session.id}`)
  expect(misdeeds).toEqual([])
  await context.close()
})
