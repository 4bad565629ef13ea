import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type OpenInterview, verdictOf } from './harness/open-interview.js'
import { onDisk, type Rig, startRig, whenRecording } from './harness/rig.js'

// Whether the times of events are those of the service, whatever becomes of the computer's clock. Truth is the clock of the machine,
// which page and service share here, read in the page at the moment of recording.

vi.setConfig({ testTimeout: 180_000 })

const HOUR_MS = 3_600_000
/** Half of what it takes to hear an answer. */
const ONE_WAY_MS = 25
/** What the service promises on such a link. */
const MOST_OFF_MS = 50

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

/** Types slowly enough for the clock to be asked for meanwhile. */
const type = (page: Page, text = 'some words') => page.keyboard.type(text, { delay: 100 })

async function expectRightTimes(interview: OpenInterview): Promise<void> {
  const verdict = await verdictOf(rig.stack, interview)
  expect(verdict).toMatchObject({ findings: [], losses: [] })
  expect(verdict.clockOffMs).toBeLessThanOrEqual(MOST_OFF_MS)
}

test('over a link of 50 ms times are right to 50 ms, from the first event on', async () => {
  rig.stack.link.delay(ONE_WAY_MS)
  await using interview = await rig.open()
  await type(interview.candidate.page)
  await interview.candidate.reload()
  await type(interview.candidate.page)
  await expectRightTimes(interview)
  rig.stack.link.delay(0)
})

test.each([
  ['back', -7 * HOUR_MS],
  ['forward', 7 * HOUR_MS],
])('the wall clock jumps %s: times go on as before', async (_, byMs) => {
  rig.stack.link.delay(ONE_WAY_MS)
  await using interview = await rig.open()
  const { candidate } = interview
  await type(candidate.page)
  await candidate.jumpClock(byMs)
  await type(candidate.page)
  await whenRecording(candidate.page)
  await type(candidate.page)
  // A page that is loaded under the wrong clock has never known another.
  await candidate.reload()
  await type(candidate.page)
  await expectRightTimes(interview)
  rig.stack.link.delay(0)
})

test.each([
  ['there', () => {}],
  ['away', () => rig.stack.link.down()],
])(
  'the clock jumps while the service is %s: what is typed gets on disk or is saved all the same',
  async (_, happen) => {
    await using interview = await rig.open()
    const { candidate } = interview
    await type(candidate.page)
    // Nothing is under way that would come to its end now.
    await candidate.page.evaluate(() => globalThis.interview?.recorder.whenCommitted())
    happen()
    await candidate.jumpClock(7 * HOUR_MS)
    await type(candidate.page, 'safe')
    await onDisk(candidate.page, candidate.load)
    await candidate.crashTab(async () => rig.stack.link.up())
    await type(candidate.page)
    await expectRightTimes(interview)
  },
)

test('the computer sleeps, with its monotonic clock or without: times are right as soon as it wakes', async () => {
  await using interview = await rig.open()
  const { candidate } = interview
  await type(candidate.page)
  await candidate.sleep(3_000)
  await type(candidate.page)
  // As on systems whose monotonic clock stands still in sleep.
  await candidate.page.evaluate(() => {
    const now = performance.now.bind(performance)
    performance.now = () => now() - 5_000
  })
  await type(candidate.page)
  await expectRightTimes(interview)
})
