import { expect, test } from 'vitest'
import type { RecorderStatus } from '../../client-sdk/src/index.js'
import { AckLatency, AckTimer } from './latency.js'
import { progressLine, summary } from './report.js'
import { isComplete, newRun, type SessionRun, type Stored } from './run-session.js'
import { sampleInterview } from './samples/samples.js'

const status = (seq: number, more: Partial<RecorderStatus> = {}): RecorderStatus => ({
  state: 'recording',
  recordedSeq: seq,
  receivedSeq: seq,
  committedSeq: seq,
  savedUpToMs: null,
  epoch: 1,
  rejected: [],
  notKept: 0,
  isPaused: false,
  storage: 'memory',
  ...more,
})
const stored = (count: number, more: Partial<Stored> = {}): Stored => ({
  committed: count,
  readBack: count,
  others: 0,
  isWhole: true,
  ...more,
})
const done = (more: Partial<SessionRun> = {}): SessionRun => ({
  ...newRun({ candidateId: 'sim-x-1', interview: sampleInterview(0) }),
  sessionId: 'id-1',
  phase: 'done',
  status: status(1000),
  stored: stored(1000),
  ...more,
})

test.each<[string, Partial<SessionRun>]>([
  ['acked differs', { status: status(1000, { receivedSeq: 999 }) }],
  ['committed differs', { stored: stored(1000, { committed: 999 }) }],
  ['read back differs', { stored: stored(1000, { readBack: 1001 }) }],
  ['the seqs have a hole', { stored: stored(1000, { isWhole: false }) }],
  ['the recorder had no room', { status: status(1000, { notKept: 1 }) }],
  [
    'one was rejected',
    { status: status(1000, { rejected: [{ sourceSeq: 3, code: 'EVENT_INVALID', message: '' }] }) },
  ],
  ['it failed', { phase: 'failed', failure: 'SESSION_CLOSED: over' }],
  ['nobody looked', { stored: null }],
])('a run is not complete where %s', (_, more) => {
  expect(isComplete(done(more))).toBe(false)
  expect(summary([done(), done(more)], new AckLatency(), 'http://c')).toContain(
    '1 of 2 sessions are NOT complete',
  )
})

test('the summary says sent = acked = committed where it is so, and where to look', () => {
  expect(isComplete(done())).toBe(true)
  const text = summary([done({ stored: stored(1000, { others: 2 }) })], new AckLatency(), 'http://console')
  expect(text).toContain('sent = acked = committed: 1,000 events, all read back.')
  expect(text).toContain('http://console/sessions/id-1')
  expect(text).toContain('complete; and 2 events of others')
})

test('the progress line counts over all sessions and names what is amiss', () => {
  const latency = new AckLatency()
  for (const ms of [1, 2, 3, 4, 100]) latency.add(ms)
  const offline = done({
    phase: 'playing',
    status: status(10, { state: 'offline', receivedSeq: 4, committedSeq: 2 }),
  })
  const line = progressLine([done(), offline, { ...offline }], latency, 250.4)
  expect(line).toMatch(/^3 sessions · 1,020 of [\d,]+ sent · 1,008 acked · 1,004 committed · 250 events\/s/)
  expect(line).toContain('ack 3 ms (p99 100 ms)')
  expect(line).toContain('2 offline, resending')
})

test('ack latency is measured from the recording of an event to its ack', () => {
  const latency = new AckLatency()
  const timer = new AckTimer(latency)
  expect(latency.percentile(0.5)).toBeNull()
  timer.recorded(5, 1000)
  timer.recorded(6, 1001)
  timer.acked(4, 1002)
  expect(latency.percentile(0.5)).toBeNull()
  timer.acked(6, 1010)
  expect(latency.percentile(0.5)).toBe(10)
})
