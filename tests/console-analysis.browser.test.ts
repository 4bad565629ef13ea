import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExplanationView, SessionSeries, SessionStats } from '../protocol/http/index.js'
import { seriousFaults } from './support/accessibility.js'
import { AnalysedInterviews, summaryOf } from './support/analysed-interviews.js'
import { momentOf } from './support/player-page.js'
import { waitFor } from './support/wait-for.js'

let interviews: AnalysedInterviews
beforeAll(async () => {
  interviews = await AnalysedInterviews.record()
})
afterAll(() => interviews?.[Symbol.asyncDispose]())

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')]
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
}

describe('the analysis of a session', () => {
  test('says what the API’s numbers say, and a figure leads to its moment in the player', async () => {
    const { page, context, misdeeds } = await interviews.open(`/sessions/${interviews.whole.id}/analysis`)
    await page.locator('.plot').first().waitFor()
    const stats = await interviews.whole.get<SessionStats>('/stats')
    const series = await interviews.whole.get<SessionSeries>('/stats/series')
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
    expect(new URL(page.url()).pathname).toBe(`/sessions/${interviews.whole.id}`)
    // At the event, not at the second before it: the passing test is there.
    expect(momentOf(page)).toBe(series.firstPass.atMs - firstEvent)
    await page.getByRole('link', { name: 'Analysis' }).click()
    await page.locator('.plot').first().waitFor()
    expect(new URL(page.url()).pathname).toBe(`/sessions/${interviews.whole.id}/analysis`)
    expect(misdeeds).toEqual([])
    await context.close()
  })

  test('each figure of a file leads to the moments behind it', async () => {
    const { fileChanges, provenance, activityTimeline } = await interviews.whole.get<SessionStats>('/stats')
    const [edited] = fileChanges.mostEditedFiles
    const final = provenance.files.find(({ typed }) => typed > 0)
    if (edited === undefined || final === undefined) throw new Error('files were edited')
    const { page, context, misdeeds } = await interviews.open(`/sessions/${interviews.whole.id}/analysis`)
    const { firstEvent } = activityTimeline
    /** The moments behind a number of a file, which are those that the API names. */
    const ask = async (figure: string, filePath: string, number: string, metric: string) => {
      const bar = page.getByRole('figure', { name: figure }).locator('.bars > li', { hasText: filePath })
      await bar.getByRole('button', { name: /^Show moments/ }).click()
      await bar.getByRole('combobox').selectOption(number)
      const moments = bar.locator('.explained-moments .moment')
      await moments.first().waitFor()
      const { contributions } = await interviews.whole.get<ExplanationView>(
        `/stats/explain?metric=${metric}&filePath=${encodeURIComponent(filePath)}`,
      )
      expect(await moments.allTextContents()).toEqual(
        contributions.map(({ timestamp }) => clock(timestamp - (firstEvent ?? 0))),
      )
      return { moments, contributions }
    }
    await ask('Final code by file', final.filePath, 'Typed', 'provenance.files.typed')
    const metric = 'fileChanges.mostEditedFiles.edits'
    const { moments, contributions } = await ask('Files edited most', edited.filePath, 'Edits', metric)
    expect(contributions).toHaveLength(Math.min(200, edited.edits))
    await moments.nth(2).click()
    await page.locator('.player').waitFor()
    expect(momentOf(page)).toBe((contributions[2]?.timestamp ?? 0) - (firstEvent ?? 0))
    expect(misdeeds).toEqual([])
    await context.close()
  })

  test('a flag from after the close leads to its moment', async () => {
    const { firstEvent } = (await interviews.whole.get<SessionStats>('/stats')).activityTimeline
    const { status } = await interviews.world.call(
      interviews.server,
      'POST',
      `/v1/sessions/${interviews.whole.id}/annotations`,
      {
        body: { kind: 'flag', text: 'Why this?', atMs: (firstEvent ?? 0) + 61_500 },
        headers: { 'idempotency-key': 'flag' },
      },
    )
    expect(status).toBe(201)
    const { page, context, misdeeds } = await interviews.open(`/sessions/${interviews.whole.id}/analysis`)
    const signal = page.locator('.signal', { hasText: 'Flagged after the close once' })
    expect(await signal.locator('.signal-moments').textContent()).toBe('1:01 Why this?')
    await signal.locator('.moment').click()
    await page.locator('.player').waitFor()
    expect(momentOf(page)).toBe(61_500)
    expect(misdeeds).toEqual([])
    await context.close()
  })

  test('the figures are there where flags from after the close can’t be read', async () => {
    const { page, context } = await interviews.open('/')
    const annotations = /\/annotations(\?|$)/
    await context.route(annotations, (route) =>
      route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } }),
    )
    await page.goto(`${interviews.server.url}/sessions/${interviews.whole.id}/analysis`)
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
    const { page, context, misdeeds } = await interviews.open(`/sessions/${interviews.whole.id}/analysis`)
    const plot = page.getByRole('slider', { name: /^Tests passing/ })
    await plot.locator('canvas').waitFor()
    const series = await interviews.whole.get<SessionSeries>('/stats/series')
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
    expect(new URL(page.url()).pathname).toBe(`/sessions/${interviews.whole.id}`)
    const { firstEvent, lastEvent } = (await interviews.whole.get<SessionStats>('/stats')).activityTimeline
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
    const missing = await interviews.open('/sessions/00000000-0000-4000-8000-000000000000/analysis')
    await missing.page.getByText('There is no such session').waitFor()
    await missing.context.close()

    const { id } = await interviews.world.createSession(interviews.server)
    const { page, context } = await interviews.open(`/sessions/${id}/analysis`)
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

describe('for everybody', () => {
  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)(
    'axe finds nothing serious (%s, %i wide), and nothing is wider than the window',
    async (colorScheme, width) => {
      const options = { colorScheme, viewport: { width, height: 900 } }
      for (const path of [
        `/sessions/${interviews.whole.id}/analysis`,
        `/analysis?session=${interviews.whole.id}`,
      ]) {
        const { page, context } = await interviews.open(path, options)
        await page.locator('.distribution').first().waitFor()
        // Each button is called otherwise once it was pressed.
        const closed = page.getByRole('button', { name: /^Show (numbers|moments)/ })
        while ((await closed.count()) > 0) await closed.first().click()
        await page.locator('.histogram-bars button').first().click()
        await page.locator('.bar-session').first().waitFor()
        expect(await seriousFaults(page)).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0)
        await context.close()
      }
    },
  )
})
