import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bringAxe, seriousFaults } from './support/accessibility.js'
import { openBrowser, openPage } from './support/browser.js'
import { aRecordedInterview } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import type { RecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

let world: World
let server: ProductProcess
let browser: Browser
let interview: RecordedSession

beforeAll(async () => {
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
  interview = await aRecordedInterview(world, server)
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function openPlayer(path: string, options: Parameters<Browser['newContext']>[0]) {
  const opened = await openPage(browser, server.url, options)
  await bringAxe(opened.context)
  await opened.page.goto(`${server.url}${path}#token=${await world.token('proctor')}`)
  return opened
}

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
] as const)('axe finds nothing serious in the player (%s, %i wide)', async (colorScheme, width) => {
  const { page, context } = await openPlayer(`/sessions/${interview.id}`, {
    colorScheme,
    viewport: { width, height: 844 },
  })
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  const found: Record<string, string[]> = {}
  await page.locator('.playhead').waitFor()
  await page.keyboard.press('+')
  const wholeButton = page.getByRole('button', { name: 'Whole interview' })
  await wholeButton.waitFor()
  found.zoomed = await seriousFaults(page)
  await wholeButton.click()
  await wholeButton.waitFor({ state: 'detached' })
  if (width < 900) await page.getByRole('button', { name: 'Chat, tests, find' }).click()
  for (const tab of ['chat', 'tests', 'notes', 'find']) {
    await page.locator(`#tab-${tab}`).click()
    if (tab === 'find') {
      await page.getByRole('searchbox').fill('slot')
      await page.locator('.find-hit').first().waitFor()
    }
    found[tab] = await seriousFaults(page)
  }
  if (width < 900) await page.getByRole('button', { name: 'Code', exact: true }).click()
  await page.getByRole('button', { name: 'Changes' }).click()
  await page.getByLabel('Compare with').selectOption('start')
  await page.locator('.diff-inserted').first().waitFor()
  found.changes = await seriousFaults(page)
  if (width < 900) await page.getByRole('button', { name: 'Terminal' }).click()
  await page.getByRole('button', { name: 'Commands' }).click()
  await page.locator('.command-entry').first().waitFor()
  found.commands = await seriousFaults(page)
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  found.help = await seriousFaults(page)
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((state) => [state, []])))
  await context.close()
})

test('axe finds nothing serious where there is no session, and in one in which nothing happened', async () => {
  const missing = await openPlayer('/sessions/00000000-0000-4000-8000-000000000000', {})
  await missing.page.getByText('There is no such session').waitFor()
  expect(await seriousFaults(missing.page)).toEqual([])
  await missing.context.close()
  const { id } = await world.createSession(server, { question: 'Nothing yet' })
  const empty = await openPlayer(`/sessions/${id}`, {})
  await empty.page.getByText('Nothing yet. It shows here as it happens.').first().waitFor()
  expect(await seriousFaults(empty.page)).toEqual([])
  await empty.context.close()
})

test('what is at the playhead is said to who has no pointer', async () => {
  const { page, context } = await openPlayer(`/sessions/${interview.id}`, {})
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  const slider = page.getByRole('slider', { name: 'Moment of the interview' })
  const events = await interview.all()
  const startMs = Math.min(...events.map(({ timestamp }) => timestamp))
  const result = events.find(({ type }) => type === 'test_result')
  if (result === undefined) throw new Error('the interview has a test run')
  await page.evaluate((ms) => {
    location.hash = `#t=${ms}`
  }, result.timestamp - startMs)
  await expect
    .poll(() => slider.getAttribute('aria-valuetext'))
    .toMatch(/^\d+:\d\d of \d+:\d\d\. .*Tests: \d+ passed, \d+ failed/)

  // Who zooms in and out by keyboard stays on the timeline.
  await slider.focus()
  await page.keyboard.press('+')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Whole interview')
  await page.keyboard.press('Enter')
  await waitFor('the focus on the timeline', () =>
    slider.evaluate((element) => element === document.activeElement),
  )
  await context.close()
})

const NOT_SEEN = 'not seen'

/** Whether it can be seen that an element has the focus: by a line around it, or around what it stands for. */
const showsFocus = (page: Page): Promise<string | null> =>
  page.evaluate((notSeen) => {
    const focused = document.activeElement
    if (focused === null || focused === document.body) return null
    const hasLine = (element: Element | null, pseudo?: string) => {
      if (element === null) return false
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element, pseudo)
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
    }
    const isSeen =
      hasLine(focused) || hasLine(focused, '::after') || hasLine(focused.closest('.card, .cm-editor'))
    return `${focused.tagName} ${focused.className}: ${isSeen ? 'seen' : notSeen}`
  }, NOT_SEEN)

test('whatever has the keyboard’s focus shows it, and each stop of the Tab key is one', async () => {
  const paths = ['/', `/sessions/${interview.id}`, `/sessions/${interview.id}/analysis`, '/analysis']
  for (const path of paths) {
    const { page, context } = await openPlayer(path, {})
    const ready = { '/': '.recorded-link', '/analysis': '.filter-bar' }[path] ?? '.liveness, .plot'
    await page.locator(ready).first().waitFor()
    const stops = new Set<string>()
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press('Tab')
      const stop = await showsFocus(page)
      // The editor is told of the focus a moment later.
      if (stop?.endsWith(NOT_SEEN))
        await waitFor(`${stop} in ${path}`, async () => !(await showsFocus(page))?.endsWith(NOT_SEEN))
      if (stop !== null) stops.add(stop)
    }
    expect(stops.size, path).toBeGreaterThan(2)
    await context.close()
  }
})

test('who wants less motion sees none: no animation runs, wherever something is loaded or changes', async () => {
  const { page, context } = await openPage(browser, server.url, { reducedMotion: 'reduce' })
  await page.routeWebSocket(/socket\.io/, () => {})
  await page.route('**/v1/sessions?*', () => {})
  await page.goto(`${server.url}/#token=${await world.token('proctor')}`)
  await page.locator('.skeleton').first().waitFor()
  const running = () =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)
  expect(await running()).toBe(0)
  await page.unrouteAll()
  await page.goto(`${server.url}/sessions/${interview.id}#t=5:00`)
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  await page.keyboard.press('>')
  expect(await running()).toBe(0)
  await context.close()
})
