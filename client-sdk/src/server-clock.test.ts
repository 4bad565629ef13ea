import { expect, test } from 'vitest'
import { Deadline } from './deadline.js'
import { Intake } from './intake.js'
import { CLOCK_PATIENCE_MS } from './recorder-timing.js'
import { ServerClock } from './server-clock.js'

/** The service's clock is this far ahead of the local one, in truth. */
const AHEAD_MS = 1_000_000

function setUp() {
  const intake = new Intake(1_000_000, () => 'id')
  const deadline = new Deadline()
  return { intake, deadline, clock: new ServerClock(intake, deadline) }
}

const record = (intake: Intake, nowMs: number) => intake.record(nowMs, { type: 'custom:x', data: 1 })
const timeOf = (intake: Intake, seq: number) => intake.queue.at(seq)?.timestampMs

test('[R2] a slow welcome alone gives no times; the answer to a question does', () => {
  const { intake, clock } = setUp()
  clock.connecting(0)
  record(intake, 10)
  clock.welcomed(200, AHEAD_MS + 120) // 80 ms on its way
  clock.mapIfKnown(200)
  expect(intake.readySeq).toBe(0)
  clock.answered(150, 210, AHEAD_MS + 180)
  clock.mapIfKnown(210)
  expect(intake.readySeq).toBe(1)
  expect(timeOf(intake, 1)).toBe(AHEAD_MS + 10)
})

test('[R2] a welcome that came at once is as good as an answer', () => {
  const { intake, clock } = setUp()
  clock.connecting(0)
  record(intake, 10)
  clock.welcomed(30, AHEAD_MS + 28)
  clock.mapIfKnown(30)
  expect(timeOf(intake, 1)).toBe(AHEAD_MS + 8)
})

test('[R2] where no good answer comes, the best that is known counts after a while', () => {
  const { intake, deadline, clock } = setUp()
  clock.connecting(0)
  record(intake, 10)
  clock.welcomed(900, AHEAD_MS + 700)
  clock.mapIfKnown(900)
  expect(deadline.atMs).toBe(900 + CLOCK_PATIENCE_MS)
  clock.answered(800, 1_000, AHEAD_MS + 890)
  clock.mapIfKnown(1_000)
  expect(intake.readySeq).toBe(0)
  clock.mapIfKnown(900 + CLOCK_PATIENCE_MS)
  expect(timeOf(intake, 1)).toBe(AHEAD_MS)
})

test('[R2] a connection that is lost before an answer leaves what its welcome said: better than the wall clock of a next load', () => {
  const { intake, clock } = setUp()
  clock.connecting(0)
  record(intake, 10)
  clock.lost()
  expect(intake.readySeq).toBe(0)
  clock.connecting(50)
  clock.welcomed(200, AHEAD_MS + 170)
  clock.lost()
  expect(intake.readySeq).toBe(1)
  expect(timeOf(intake, 1)).toBe(AHEAD_MS - 20)
  clock.leapt()
  record(intake, 7_200_000)
  clock.connecting(7_200_000)
  clock.lost()
  expect(intake.readySeq).toBe(1)
})

test('[R2] after a leap what was known before gives no times, however good it was', () => {
  const { intake, clock } = setUp()
  clock.connecting(0)
  clock.welcomed(20, AHEAD_MS + 20)
  clock.answered(20, 22, AHEAD_MS + 21)
  clock.mapIfKnown(22)
  // The local clock was set ahead by 1.5 s; the welcome took so long that it contradicts nothing.
  intake.doubtClock()
  record(intake, 5_000)
  clock.connecting(5_000)
  clock.welcomed(7_000, AHEAD_MS + 5_500)
  clock.mapIfKnown(7_000)
  expect(intake.readySeq).toBe(0)
  clock.answered(7_000, 7_050, AHEAD_MS + 5_525)
  clock.mapIfKnown(7_050)
  expect(timeOf(intake, 1)).toBe(AHEAD_MS + 3_500)
})

test('[R2] a leap between a welcome and the first answer: what was before it is dated by the welcome', () => {
  const { intake, clock } = setUp()
  clock.connecting(0)
  record(intake, 10)
  clock.welcomed(100, AHEAD_MS + 90)
  clock.mapIfKnown(100)
  expect(intake.readySeq).toBe(0)
  // The local clock was set ahead by an hour.
  clock.leapt()
  expect(timeOf(intake, 1)).toBe(AHEAD_MS)
  record(intake, 3_600_200)
  // Another leap before anything is heard: there is nothing yet that this could be dated by.
  clock.leapt()
  expect(intake.readySeq).toBe(1)
  clock.connecting(3_600_300)
  clock.welcomed(3_600_310, AHEAD_MS + 310)
  clock.mapIfKnown(3_600_310)
  expect(timeOf(intake, 2)).toBe(AHEAD_MS + 200)
})

test('[R2] times go on at once where the answer confirms what was known', () => {
  const { intake, clock } = setUp()
  clock.connecting(0)
  clock.welcomed(20, AHEAD_MS + 20)
  clock.answered(20, 22, AHEAD_MS + 21)
  intake.doubtClock()
  record(intake, 5_000)
  clock.connecting(5_000)
  clock.welcomed(5_300, AHEAD_MS + 5_200)
  clock.answered(5_290, 5_350, AHEAD_MS + 5_320)
  clock.mapIfKnown(5_350)
  expect(timeOf(intake, 1)).toBe(AHEAD_MS + 5_000)
})
