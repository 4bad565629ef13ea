import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bringAxe, seriousFaults } from './support/accessibility.js'
import { openBrowser, openPage } from './support/browser.js'
import type { ProductProcess } from './support/process.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'
import { type Candidate, startCandidate } from './wall/candidates.js'

const COUNT = 50
const QUESTIONS = ['Two Sum II', 'LRU cache', 'Rate limiter']
const VIEWPORT = { width: 1280, height: 800 }

let world: World
let server: ProductProcess
let browser: Browser
let candidates: Candidate[]

beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer({ FLUSH_DUE_MS: '1000' })
  await world.startWorker()
  browser = await openBrowser()
  candidates = await Promise.all(
    Array.from({ length: COUNT }, (_, i) =>
      startCandidate(world, server, {
        candidateId: `candidate ${String(i).padStart(2, '0')}`,
        title: QUESTIONS[i % QUESTIONS.length] as string,
        language: 'typescript',
        filePath: 'src/answer.ts',
        content: `// answer ${i}\n`,
        timeLimit: 3600 + 60 * i,
      }),
    ),
  )
})
afterAll(async () => {
  await Promise.all(candidates?.map((candidate) => candidate.close()) ?? [])
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

const openConsole = async (path = '/', sub = 'Pia') => {
  const opened = await openPage(browser, server.url, { viewport: VIEWPORT })
  await bringAxe(opened.context)
  await opened.page.goto(`${server.url}${path}#token=${await world.token('proctor', '*', sub)}`)
  return opened
}
const at = (i: number) => candidates[i] as Candidate
const cardOf = (page: Page, { session }: Candidate) => page.locator(`.card[data-session-id="${session.id}"]`)
const tailOf = async (page: Page, candidate: Candidate) =>
  (await cardOf(page, candidate).locator('.tail-text').allTextContents()).join('\n')
const shownIds = (page: Page) =>
  page
    .locator('.cards .card')
    .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).dataset.sessionId))
const focusedId = (page: Page) =>
  page.evaluate(
    () => document.activeElement?.closest<HTMLElement>('[data-session-id]')?.dataset.sessionId ?? null,
  )

test('fifty interviews: what is typed and run shows on its card, and only cards in view are in the page', async () => {
  const { page, context, misdeeds } = await openConsole('/?sort=candidate')
  await page.getByText('50 live').waitFor()
  const first = at(0)
  await waitFor('the first tail', async () => (await tailOf(page, first)) === first.text())
  expect(await page.locator('.cards .card').count()).toBeLessThan(COUNT)
  expect(await page.locator('.cards > li').first().getAttribute('aria-setsize')).toBe('50')

  first.type('const seen = new Map()\n')
  first.run('npm test', 1, { passed: 6, failed: 3 })
  await waitFor('what was typed', async () => (await tailOf(page, first)).includes('const seen = new Map()'))
  expect(await cardOf(page, first).locator('.code-keyword').first().textContent()).toBe('const')
  expect(await cardOf(page, first).locator('.tail-caret').count()).toBe(1)
  const command = cardOf(page, first).locator('.card-command')
  await waitFor('the command', async () => (await command.textContent())?.includes('npm test'))
  await waitFor('its tests', async () => /✓6\s*✗3/.test((await command.textContent()) ?? ''))

  // The last card is drawn, and told of, once it is scrolled to.
  const last = at(COUNT - 1)
  expect(await cardOf(page, last).count()).toBe(0)
  await page.locator('#recorded-title').scrollIntoViewIfNeeded()
  await waitFor('the last tail', async () => (await tailOf(page, last)) === last.text())
  last.type('unfinished')
  await waitFor('its change', async () => (await tailOf(page, last)).endsWith('unfinished'))
  expect(misdeeds).toEqual([])
  await context.close()
})

test('sorted and filtered, kept in the address, all by keyboard', async () => {
  const { page, context, misdeeds } = await openConsole('/?sort=candidate')
  await page.getByText('50 live').waitFor()
  await page.locator('.card').first().waitFor()
  await page.getByRole('combobox', { name: /^Question/ }).selectOption('LRU cache')
  const lru = candidates.filter((_, i) => i % 3 === 1).map(({ session }) => session.id)
  await waitFor('the question', async () => {
    const ids = await shownIds(page)
    return ids.length > 0 && ids.every((id, i) => id === lru[i])
  })
  expect(new URL(page.url()).searchParams.get('question')).toBe('LRU cache')
  await page.reload()
  await waitFor('the same again', async () => (await shownIds(page))[0] === lru[0])
  await page.keyboard.press('/')
  await page.keyboard.type('candidate 04')
  await waitFor('one', async () => (await shownIds(page)).join() === at(4).session.id)
  await page.keyboard.type('9 and nobody')
  await page.getByText('No live session matches what you asked for.').waitFor()
  await page.getByRole('button', { name: 'Show all live sessions' }).click()
  await waitFor('all', async () => (await shownIds(page))[0] === at(0).session.id)

  await page.getByRole('combobox', { name: /^Presence/ }).selectOption('offline')
  await page.getByText('No live session matches what you asked for.').waitFor()
  await page.getByRole('combobox', { name: /^Presence/ }).selectOption('')
  await page.getByRole('combobox', { name: /^Sort by/ }).selectOption('ending')
  await waitFor('those that end first', async () => (await shownIds(page))[0] === at(0).session.id)

  // Through all of them by keys alone, also those that are not drawn yet.
  await page.getByRole('heading', { name: 'Live', exact: true }).click()
  await page.keyboard.press('ArrowDown')
  await waitFor('the first card', async () => (await focusedId(page)) === at(0).session.id)
  await page.keyboard.press('ArrowRight')
  await waitFor('the second card', async () => (await focusedId(page)) === at(1).session.id)
  await page.keyboard.press('End')
  await waitFor('the last card', async () => (await focusedId(page)) === at(COUNT - 1).session.id)
  await page.keyboard.press('Home')
  await waitFor('the first card again', async () => (await focusedId(page)) === at(0).session.id)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'candidate 01' }).waitFor()
  expect(misdeeds).toEqual([])
  await context.close()
})

test('who needs a look comes first and says why, and cards keep their places under the pointer', async () => {
  const { page, context, misdeeds } = await openConsole()
  await page.getByText('50 live').waitFor()
  await page.locator('.card').first().waitFor()
  const before = await shownIds(page)
  await page.locator('.card').first().hover()
  const gone = at(30)
  gone.recorder.record({ type: 'tab_hidden', data: {} })
  await gone.close()
  await page.getByText('1 needs a look').waitFor()
  expect((await shownIds(page)).slice(0, 3)).toEqual(before.slice(0, 3))
  await page.getByRole('button', { name: 'Sort again' }).click()
  await waitFor('it to be first', async () => (await shownIds(page))[0] === gone.session.id)
  const link = cardOf(page, gone).getByRole('link', { name: /Offline for \d/ })
  expect(await link.getAttribute('title')).toMatch(/Offline for \d/)
  await page.getByRole('button', { name: 'Needs a look' }).click()
  await waitFor('it alone', async () => (await shownIds(page)).join() === gone.session.id)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('whatever a candidate types stays text on its card, and breaks nothing', async () => {
  const { page, context, misdeeds } = await openConsole('/?q=candidate+07')
  const hostile = at(7)
  hostile.type('\u202e\u200b<img src=x onerror="window.ran=1">\u001b]52;c;aGk=\u0007\n')
  hostile.recorder.record({ type: 'terminal_input', data: { command: `${'x'.repeat(100_000)}\u001b[31m` } })
  await waitFor('the marks', async () => /‹U\+202E›‹U\+200B›<img/.test(await tailOf(page, hostile)))
  hostile.type('y'.repeat(2000))
  await waitFor('the end of a long line', async () => /y{20}$/.test(await tailOf(page, hostile)))
  const card = await cardOf(page, hostile).boundingBox()
  expect(card?.height).toBe(272)
  const after = await page.evaluate(() => ({
    ran: (window as unknown as { ran?: number }).ran ?? 0,
    widest: document.documentElement.scrollWidth,
    images: document.querySelectorAll('main img').length,
  }))
  expect(after).toEqual({ ran: 0, widest: VIEWPORT.width, images: 0 })
  expect(misdeeds).toEqual([])
  await context.close()
})

test('two proctors see each other and their notes; what they do is confirmed, and in the recording', async () => {
  const target = at(20)
  const messages: string[] = []
  target.recorder.on('message', ({ text, author }) => messages.push(`${author}: ${text}`))
  const path = `/sessions/${target.session.id}`
  const [pia, quinn] = [await openConsole(path, 'Pia'), await openConsole(path, 'Quinn')]
  for (const { page } of [pia, quinn]) await page.locator('.watchers', { hasText: 'Pia, Quinn' }).waitFor()
  // Who watches can be read where there is no room for it in the bar, by keys alone.
  const watchers = quinn.page.getByRole('button', { name: '2 watching' })
  expect(await quinn.page.locator('.watcher-names').isVisible()).toBe(false)
  await watchers.focus()
  await quinn.page.keyboard.press('Enter')
  const listed = quinn.page.locator('.watcher-list')
  await listed.waitFor()
  expect(await listed.locator('li').allTextContents()).toEqual(['Pia', 'Quinn'])
  const [listBox, buttonBox] = [await listed.boundingBox(), await watchers.boundingBox()]
  expect(Math.abs((listBox?.y ?? 0) - (buttonBox?.y ?? 0) - (buttonBox?.height ?? 0))).toBeLessThan(8)
  await quinn.page.keyboard.press('Escape')
  await listed.waitFor({ state: 'hidden' })
  await quinn.page.getByRole('tab', { name: 'Notes' }).click()

  const { page } = pia
  const dialog = page.getByRole('dialog')
  const focusInside = () => page.evaluate(() => document.activeElement?.closest('dialog') !== null)
  await page.getByRole('button', { name: 'Note', exact: true }).click()
  await page.getByLabel('Text').fill('Look at the loop')
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab')
    expect(await focusInside()).toBe(true)
  }
  expect(await seriousFaults(page)).toEqual([])
  await page.getByRole('button', { name: 'Add note' }).click()
  await dialog.waitFor({ state: 'detached' })
  await quinn.page.locator('.side-panel').getByText('Look at the loop').waitFor()

  await page.getByRole('button', { name: 'Message' }).click()
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await page.getByLabel('Message', { exact: true }).fill('You have time')
  await page.keyboard.press('Control+Enter')
  await dialog.waitFor({ state: 'detached' })
  await waitFor('the candidate to read it', () => messages.join() === 'Pia: You have time')

  await page.getByRole('button', { name: 'More time' }).click()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'More time' }).click()
  await page.getByLabel('Minutes').fill('20')
  await page.getByRole('button', { name: 'Give 20 min' }).click()
  await dialog.waitFor({ state: 'detached' })

  // What somebody else is writing is not lost when the interview ends.
  await quinn.page.keyboard.press('n')
  await quinn.page.getByLabel('Text').fill('Ended too early')
  await page.getByRole('button', { name: 'End', exact: true }).click()
  await page.getByRole('button', { name: 'End the interview' }).click()
  for (const each of [pia, quinn]) await each.page.locator('.liveness[data-kind="closed"]').waitFor()

  await quinn.page.getByRole('button', { name: 'Add note' }).click()
  await quinn.page
    .getByRole('button', { name: /Note, added later/ })
    .getByText('Ended too early')
    .waitFor()
  expect(await quinn.page.getByRole('button', { name: 'Message', exact: true }).count()).toBe(0)

  const row = await world.getSession(server, target.session.id)
  expect(row).toMatchObject({ status: 'COMPLETED', timeLimit: 3600 + 60 * 20 + 20 * 60 })
  const rows = await world.sql`
    select type, data->>'text' as text, data->>'author' as author from session_events
    where session_id = ${target.session.id} and (type like 'proctor_%' or type = 'time_extended') order by seq`
  expect(rows).toEqual([
    { type: 'proctor_note', text: 'Look at the loop', author: 'Pia' },
    { type: 'proctor_message', text: 'You have time', author: 'Pia' },
    { type: 'time_extended', text: null, author: 'Pia' },
  ])
  expect([...pia.misdeeds, ...quinn.misdeeds]).toEqual([])
  for (const { context } of [pia, quinn]) await context.close()
})

test('axe finds no serious problem, in light and in dark', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, context, misdeeds } = await openPage(browser, server.url, {
      viewport: VIEWPORT,
      colorScheme,
    })
    await bringAxe(context)
    await page.goto(`${server.url}/#token=${await world.token('proctor')}`)
    await page.locator('.tail-line').first().waitFor()
    await page.locator('.recorded-link').first().waitFor()
    expect(await seriousFaults(page)).toEqual([])
    expect(misdeeds).toEqual([])
    await context.close()
  }
})
