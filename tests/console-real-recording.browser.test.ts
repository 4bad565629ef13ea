import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noRecordings, RECORDINGS_DIR } from '../scripts/simulate/test-support/recordings.js'
import { weaveInterview } from '../scripts/simulate/weave/weave-interview.js'
import { openBrowser, openPage } from './support/browser.js'
import { partOfInterview } from './support/part-of-interview.js'
import { expectPanesAsState, momentOf, movedBy, shownCode } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import { aRecordedSession, type RecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

/** Of the interview; TEST_WHOLE=1: all of it. */
const PART = process.env.TEST_WHOLE === '1' ? 1 : 0.25
const where = noRecordings ? ` (skipped: no recordings in ${RECORDINGS_DIR})` : ''

let world: World
let server: ProductProcess
let browser: Browser
let session: RecordedSession
let startMs: number

beforeAll(async () => {
  if (noRecordings) return
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
  const { events, durationMs } = partOfInterview(weaveInterview(RECORDINGS_DIR), PART)
  const beganMs = Date.now() - durationMs
  session = await aRecordedSession(world, server, { question: { title: 'Woven' } })
  const timed = events.map(({ offsetMs, ...event }) => ({ ...event, timestamp: beganMs + offsetMs }))
  await session.send('tab', timed, 'committed')
  await session.close()
  await session.archived()
  startMs = (await session.get<{ overview: { startMs: number } }>('/overview')).overview.startMs
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function openPlayer(hash: string) {
  const opened = await openPage(browser, server.url)
  const { page } = opened
  await page.goto(`${server.url}/sessions/${session.id}#token=${await world.token('proctor')}${hash}`)
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  return opened
}

test.skipIf(noRecordings)(
  `real recordings: by checkpoints, by links and played at 32×, the panes show what GET /state answers${where}`,
  async () => {
    const { page, context, misdeeds } = await openPlayer('&t=2:00')
    await waitFor('the moment', () => momentOf(page) === 120_000)
    await expectPanesAsState(page, session, startMs + 120_000, 'in view')
    for (let n = 0; n < 6; n++) {
      const at = await movedBy(page, () => page.keyboard.press(']'))
      await expectPanesAsState(page, session, startMs + at, 'in view')
    }
    for (const hash of ['#t=12:00', '#t=4:30', '#t=8:15']) {
      const at = await movedBy(page, () =>
        page.evaluate((to) => {
          location.hash = to
        }, hash),
      )
      await expectPanesAsState(page, session, startMs + at, 'in view')
    }
    await page.getByLabel('Speed').selectOption('32')
    const before = await shownCode(page)
    await page.locator('body').press('l')
    await waitFor('other code', async () => (await shownCode(page)) !== before)
    const at = await movedBy(page, () => page.keyboard.press('k'))
    expect(at).toBeGreaterThan(8 * 60_000)
    await expectPanesAsState(page, session, startMs + at, 'in view')
    expect(misdeeds).toEqual([])
    await context.close()
  },
)
