import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionSeries, SessionStats, StatisticsView } from '../protocol/http/index.js'
import { recordedInterview } from '../scripts/simulate/recorded-interview.js'
import { bringAxe, seriousFaults } from './support/accessibility.js'
import { openBrowser, openPage } from './support/browser.js'
import { momentOf } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import { aRecordedSession, type RecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

// A whole interview as somebody took it in the demo tab; the others are the same one, ended earlier and earlier.
const INTERVIEW = fileURLToPath(
  new URL('../scripts/simulate/samples/demo-interview.ndjson.gz', import.meta.url),
)
const ENDED_EARLY = [0.9, 0.75, 0.6, 0.45, 0.3]
const QUESTION = { id: 'free-slots', title: 'Free slots', language: 'javascript' }

let world: World
let server: ProductProcess
let browser: Browser
let whole: RecordedSession
beforeAll(async () => {
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
  whole = await recorded(1, QUESTION)
  await Promise.all(ENDED_EARLY.map((share) => recorded(share, QUESTION)))
  await recorded(0.5, 'Another question')
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** The interview up to a share of its time, closed and analysed. */
async function recorded(share: number, question: unknown): Promise<RecordedSession> {
  const { events, durationMs } = recordedInterview(INTERVIEW)
  const startMs = Date.now() - durationMs
  const session = await aRecordedSession(world, server, { question })
  const taken = events.filter(({ offsetMs }) => offsetMs <= durationMs * share)
  await session.send(
    'tab',
    taken.map(({ offsetMs, ...event }) => ({ ...event, timestamp: startMs + offsetMs })),
    'committed',
  )
  await session.close()
  await session.get('/stats')
  return session
}

async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}) {
  const opened = await openPage(browser, server.url, options)
  await bringAxe(opened.context)
  await opened.page.goto(`${server.url}${path}#token=${await world.token('proctor', '*', 'Pia')}`)
  return opened
}

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')]
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
}
const summaryOf = (page: Page) => page.locator('.summary-text').textContent()

describe('the analysis of a session', () => {
  test('says what the API’s numbers say, and a figure leads to its moment in the player', async () => {
    const { page, context, misdeeds } = await open(`/sessions/${whole.id}/analysis`)
    await page.locator('.plot').first().waitFor()
    const stats = await whole.get<SessionStats>('/stats')
    const series = await whole.get<SessionSeries>('/stats/series')
    const { firstEvent } = stats.activityTimeline
    if (firstEvent === null || series.firstPass === null) throw new Error('the interview has a passing test')
    const words = await summaryOf(page)
    const firstPass = clock(series.firstPass.atMs - firstEvent)
    expect(words).toContain(`First passing test at ${firstPass}`)
    const { typed, given, total } = stats.provenance
    const said = Number(/(\d+) % was typed/.exec(words ?? '')?.[1])
    expect(Math.abs(said - (100 * typed) / (total - given))).toBeLessThan(1)
    const figures = page.locator('.figure-link')
    expect(await figures.count()).toBeGreaterThan(4)

    // The numbers behind a plot, one click away.
    const tests = page.getByRole('figure', { name: /^Tests passing/ })
    await tests.getByRole('button', { name: 'Show numbers' }).click()
    const rows = await tests
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)))
    expect(rows.map(([at, passed, failed]) => [at, Number(passed), Number(failed)])).toEqual(
      [...series.testRuns]
        .sort((a, b) => a.endMs - b.endMs)
        .map((run) => [clock(run.endMs - firstEvent), run.passed, run.failed]),
    )

    await figures.getByText(firstPass, { exact: true }).click()
    await page.locator('.player').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/sessions/${whole.id}`)
    // At the event, not at the second before it: the passing test is there.
    expect(momentOf(page)).toBe(series.firstPass.atMs - firstEvent)
    await page.getByRole('link', { name: 'Analysis' }).click()
    await page.locator('.plot').first().waitFor()
    expect(new URL(page.url()).pathname).toBe(`/sessions/${whole.id}/analysis`)
    expect(misdeeds).toEqual([])
    await context.close()
  })

  test('a file leads to where it was saved, and a flag from after the close to its moment', async () => {
    const { firstEvent } = (await whole.get<SessionStats>('/stats')).activityTimeline
    const { status } = await world.call(server, 'POST', `/v1/sessions/${whole.id}/annotations`, {
      body: { kind: 'flag', text: 'Why this?', atMs: (firstEvent ?? 0) + 61_500 },
      headers: { 'idempotency-key': 'flag' },
    })
    expect(status).toBe(201)
    const { page, context, misdeeds } = await open(`/sessions/${whole.id}/analysis`)
    for (const name of ['Files edited most', 'Final code by file'])
      await page.getByRole('figure', { name }).locator('.bar-moments .moment').first().waitFor()
    const signal = page.locator('.signal', { hasText: 'Flagged after the close once' })
    expect(await signal.locator('.signal-moments').textContent()).toBe('1:01 Why this?')
    await signal.locator('.moment').click()
    await page.locator('.player').waitFor()
    expect(momentOf(page)).toBe(61_500)
    expect(misdeeds).toEqual([])
    await context.close()
  })

  test('the figures are there where flags from after the close can’t be read', async () => {
    const { page, context } = await open('/')
    const annotations = /\/annotations(\?|$)/
    await context.route(annotations, (route) =>
      route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } }),
    )
    await page.goto(`${server.url}/sessions/${whole.id}/analysis`)
    const unread = page.getByRole('alert').filter({ hasText: 'Flags from after the close could not be read' })
    await unread.waitFor()
    await page.locator('.plot').first().waitFor()
    await context.unroute(annotations)
    await unread.getByRole('button', { name: 'Try again' }).click()
    await unread.waitFor({ state: 'detached' })
    await page.locator('.plot').first().waitFor()
    await context.close()
  })

  test('its plots share one cursor, are read by keyboard, and open the player where one is', async () => {
    const { page, context, misdeeds } = await open(`/sessions/${whole.id}/analysis`)
    const plot = page.getByRole('slider', { name: /^Tests passing/ })
    await plot.locator('canvas').waitFor()
    const series = await whole.get<SessionSeries>('/stats/series')
    const [first] = [...series.testRuns].sort((a, b) => a.endMs - b.endMs)
    await plot.focus()
    await page.keyboard.press('Home')
    expect(await plot.getAttribute('aria-valuetext')).toContain(`Passing ${first?.passed}`)
    // Whoever looks at one plot sees the moment in all others.
    const other = page.getByRole('slider', { name: /^Activity/ })
    const plots = await page.locator('.time-plot').count()
    await waitFor(
      'every plot to show the moment',
      async () => (await page.locator('.plot-at').count()) === plots,
    )

    // Dragging over one looks closer in all, and opens nothing.
    const placeIn = async (share: number): Promise<[number, number]> => {
      const over = other.locator('.u-over')
      await over.scrollIntoViewIfNeeded()
      const box = await over.boundingBox()
      if (box === null) throw new Error('the plot is not on screen')
      return [box.x + box.width * share, box.y + box.height / 2]
    }
    await page.mouse.move(...(await placeIn(0.2)))
    await page.mouse.down()
    await page.mouse.move(...(await placeIn(0.3)))
    await page.mouse.move(...(await placeIn(0.4)))
    await page.mouse.up()
    const wholeButton = page.getByRole('button', { name: 'Show whole session' })
    await wholeButton.click()
    await wholeButton.waitFor({ state: 'detached' })

    await page.mouse.click(...(await placeIn(0.5)))
    await page.locator('.player').waitFor()
    expect(new URL(page.url()).pathname).toBe(`/sessions/${whole.id}`)
    const { firstEvent, lastEvent } = (await whole.get<SessionStats>('/stats')).activityTimeline
    const share = (momentOf(page) ?? 0) / ((lastEvent ?? 0) - (firstEvent ?? 0))
    expect(Math.abs(share - 0.5)).toBeLessThan(0.02)
    await page.goBack()

    await plot.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await page.locator('.player').waitFor()
    expect(momentOf(page)).toBe((first?.endMs ?? 0) - (firstEvent ?? 0))
    expect(misdeeds).toEqual([])
    await context.close()
  })

  test('a session that is not there, one without events, and a service that fails are told apart', async () => {
    const missing = await open('/sessions/00000000-0000-4000-8000-000000000000/analysis')
    await missing.page.getByText('There is no such session').waitFor()
    await missing.context.close()

    const { id } = await world.createSession(server)
    const { page, context } = await open(`/sessions/${id}/analysis`)
    await page.getByText('Nothing has been recorded.').waitFor()
    // It may be over since: nothing reads it again by itself.
    await page.getByText(/^Live when read at \d\d:\d\d:\d\d, 0 events$/).waitFor()
    await context.route('**/stats', (route) =>
      route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } }),
    )
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByText('What is shown is from before.').waitFor()
    await page.reload()
    await page.getByText('The numbers could not be read').waitFor()
    await context.unroute('**/stats')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Nothing has been recorded.').waitFor()
    await context.close()
  })
})

describe('sessions side by side', () => {
  test('the marked session stands where the API says, and filters are in the address', async () => {
    const { page, context, misdeeds } = await open(`/analysis?question=${QUESTION.id}&session=${whole.id}`)
    await page.locator('.distribution').first().waitFor()
    const { body } = await world.call<StatisticsView>(
      server,
      'GET',
      `/v1/stats?question=${QUESTION.id}&sessionId=${whole.id}`,
    )
    expect(body.sessionCount).toBe(ENDED_EARLY.length + 1)
    expect(await summaryOf(page)).toContain(`${body.sessionCount} sessions`)
    const commands = page.getByRole('figure', { name: 'Commands' })
    const own = body.session?.metrics['terminalActivity.totalCommands']
    expect(await commands.locator('.distribution-own').textContent()).toBe(String(own?.value))
    // The whole interview has the most of what only grows.
    expect(await commands.textContent()).toContain('The most of 6 sessions of this question')
    expect(await commands.locator('.histogram-bar').count()).toBe(
      body.metrics['terminalActivity.totalCommands']?.histogram.length,
    )

    await page.getByRole('button', { name: /^No longer mark/ }).click()
    await waitFor('the address', () => !page.url().includes('session='))
    await page.getByRole('combobox', { name: 'Question' }).selectOption('Another question')
    await page.getByText('too few to tell a distribution, so each is shown as a point').waitFor()
    expect(new URL(page.url()).searchParams.get('question')).toBe('Another question')
    expect(await page.locator('.histogram').count()).toBe(0)
    await page.goBack()
    await page.locator('.histogram').first().waitFor()

    await page.getByLabel('To', { exact: true }).fill('2020-01-01')
    await page.getByText('No session fits these filters').waitFor()
    await page.getByRole('link', { name: 'Show all sessions' }).click()
    await page.getByText('7 sessions.').waitFor()
    expect(misdeeds).toEqual([])
    await context.close()
  })
})

test('until other filters are answered, and where they fail, what is shown is named by those it was loaded for', async () => {
  const { page, context } = await open(`/analysis?question=${QUESTION.id}`)
  await page.locator('.distribution').first().waitFor()
  const before = await summaryOf(page)
  expect(before).toContain(`${ENDED_EARLY.length + 1} sessions of ${QUESTION.id}`)
  let fail = () => {}
  const isSeen = new Promise<void>((resolve) => {
    fail = resolve
  })
  await context.route('**/v1/stats?*', async (route) => {
    await isSeen
    await route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } })
  })
  await page.getByRole('combobox', { name: 'Question' }).selectOption('Another question')
  await page.locator('main[aria-busy="true"]').waitFor()
  expect(await summaryOf(page)).toBe(before)
  const opacity = () =>
    page.locator('.analysis-summary').evaluate((section) => Number(getComputedStyle(section).opacity))
  expect(await opacity()).toBeLessThan(1)
  fail()
  await page.getByText('What is shown is from before.').waitFor()
  expect(await summaryOf(page)).toBe(before)
  expect(await opacity()).toBe(1)
  await context.unroute('**/v1/stats?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('.summary-text', { hasText: 'of Another question' }).waitFor()
  await context.close()
})

describe('for everybody', () => {
  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)(
    'axe finds nothing serious (%s, %i wide), and nothing is wider than the window',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } }
      for (const path of [`/sessions/${whole.id}/analysis`, `/analysis?session=${whole.id}`]) {
        const { page, context } = await open(path, options)
        await page.locator('.distribution').first().waitFor()
        // Each button is called otherwise once it was pressed.
        const closed = page.getByRole('button', { name: /^Show (numbers|moments)/ })
        while ((await closed.count()) > 0) await closed.first().click()
        expect(await seriousFaults(page)).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0)
        await context.close()
      }
    },
  )
})
