import { beforeEach, expect, test } from 'vitest'
import { LIMITS } from '../../protocol/limits.js'
import { joinParts } from '../../protocol/parts.js'
import { Intake } from './intake.js'
import type { OutboxEntry } from './outbox.js'

let intake: Intake
const NOW_MS = 1_000_000

beforeEach(() => {
  intake = new Intake(10_000_000, () => 'an-id')
})

const queued = () =>
  [...intake.queue].map(({ seq, json, timestampMs }) => ({ seq, timestampMs, ...JSON.parse(json) }))
const key = { type: 'keystroke', data: {} }

test('[R2] what was recorded before the welcome is mapped in one go, and never again', () => {
  intake.record(NOW_MS, key)
  intake.offsetMs = 5000
  intake.record(NOW_MS + 10, key)
  expect(queued().map((event) => event.timestampMs)).toEqual([NOW_MS, NOW_MS + 10])
  intake.takeUnsaved()
  intake.startMapping()
  expect(queued().map((event) => event.timestampMs)).toEqual([NOW_MS + 5000, NOW_MS + 5010])
  expect(intake.takeUnsaved()).toMatchObject([
    { seq: 1, mapped: true },
    { seq: 2, mapped: true },
  ])
  intake.offsetMs = 99_000
  intake.startMapping()
  expect(queued().map((event) => event.timestampMs)).toEqual([NOW_MS + 5000, NOW_MS + 5010])
})

test('[R2] times never fall when a better estimate is an earlier one', () => {
  intake.offsetMs = 50
  intake.startMapping()
  intake.record(NOW_MS + 200, key)
  intake.offsetMs = 0
  intake.record(NOW_MS + 201, key)
  intake.record(NOW_MS + 300, key)
  expect(queued().map((event) => event.timestampMs - NOW_MS)).toEqual([250, 250, 300])
})

test('a time that the caller gives is kept as it is', () => {
  intake.record(NOW_MS, { ...key, timestamp: 42 })
  intake.offsetMs = 5000
  intake.startMapping()
  expect(queued()[0]).toMatchObject({ timestampMs: 42 })
})

test('data is taken as it is now', () => {
  const data = { n: 1 }
  intake.record(NOW_MS, { type: 'custom:n', data, fileId: 'a', checkpoint: true })
  data.n = 2
  expect(queued()[0]).toMatchObject({ type: 'custom:n', data: { n: 1 }, fileId: 'a', checkpoint: true })
})

test.each([
  [
    'a cycle',
    () => {
      const data: Record<string, unknown> = {}
      data.self = data
      return data
    },
    'EVENT_INVALID',
  ],
  ['nothing', () => undefined, 'EVENT_INVALID'],
  ['a function', () => () => 1, 'EVENT_INVALID'],
  ['a BigInt', () => ({ n: 1n }), 'EVENT_INVALID'],
  ['what is nested very deeply', () => JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`), 'EVENT_TOO_DEEP'],
  [
    'what is nested beyond all stacks',
    () => JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    'EVENT_TOO_DEEP',
  ],
])('%s is no event', (_, data, code) => {
  expect(() => intake.record(NOW_MS, { type: 'custom:x', data: data() })).toThrow(
    expect.objectContaining({ code }),
  )
  expect(intake.queue.lastSeq).toBe(0)
})

test('a long text beside what is not JSON is no event either', () => {
  const data = { channel: 'o', data: 'x'.repeat(2_000_000), n: 1n }
  expect(() => intake.record(NOW_MS, { type: 'terminal_stream', data })).toThrow(
    expect.objectContaining({ code: 'EVENT_INVALID' }),
  )
  expect(intake.queue.lastSeq).toBe(0)
})

test('a timestamp is a finite number', () => {
  expect(() => intake.record(NOW_MS, { ...key, timestamp: Number.NaN })).toThrow(
    expect.objectContaining({ code: 'EVENT_TIMESTAMP_INVALID' }),
  )
})

test('[R7] a text of three megabytes leaves in pieces, written out a few at a time and in their order', () => {
  const text = '漢'.repeat(1024 * 1024)
  const seq = intake.record(NOW_MS, {
    type: 'terminal_stream',
    data: { channel: 'o', data: text },
    timestamp: 7,
  })
  expect(seq).toBeGreaterThan(10)
  expect(intake.queue.lastSeq).toBe(seq)
  // What is recorded behind it waits for its turn, with the service and in the outbox.
  intake.record(NOW_MS, { ...key, timestamp: 8 })
  expect([intake.readySeq, intake.hasUnwritten]).toEqual([0, true])
  const saved: number[] = []
  let rounds = 0
  for (; intake.hasUnwritten; rounds++) {
    intake.write()
    saved.push(...intake.takeUnsaved().map((entry) => entry.seq))
  }
  expect(rounds).toBeGreaterThan(3)
  expect(saved).toEqual(Array.from({ length: seq + 1 }, (_, i) => i + 1))
  expect(intake.readySeq).toBe(seq + 1)
  for (const event of intake.queue) expect(event.bytes).toBeLessThanOrEqual(256 * 1024)
  expect(intake.queue.bytes).toBe([...intake.queue].reduce((sum, event) => sum + event.bytes, 0))
  const pieces = queued()
    .slice(0, -1)
    .map((event) => event.data)
  expect(joinParts('terminal_stream', pieces)).toEqual({ channel: 'o', data: text })
})

test('[R7] a long text is taken as it is now, with what stands beside it', () => {
  const data = { channel: 'o', data: 'x'.repeat(100_000), beside: { n: 1 } }
  intake.record(NOW_MS, { type: 'terminal_stream', data })
  data.beside.n = 2
  intake.write()
  expect(queued().map((event) => event.data.beside)).toEqual([{ n: 1 }, { n: 1 }])
})

test('an event that is handed over is written out later, in its place and with its time', () => {
  intake.offsetMs = 5000
  intake.startMapping()
  intake.record(NOW_MS, { type: 'custom:n', data: { n: 1 }, fileId: 'a', owned: true })
  intake.record(NOW_MS + 1, { type: 'custom:n', data: { n: 2 } })
  intake.record(NOW_MS + 2, { type: 'custom:n', data: { n: 3 }, owned: true })
  expect([intake.queue.lastSeq, intake.readySeq, intake.hasUnwritten]).toEqual([3, 0, true])
  expect(intake.takeUnsaved()).toEqual([])
  intake.write()
  expect(queued()).toEqual([
    { seq: 1, timestampMs: NOW_MS + 5000, type: 'custom:n', data: { n: 1 }, fileId: 'a' },
    { seq: 2, timestampMs: NOW_MS + 5001, type: 'custom:n', data: { n: 2 } },
    { seq: 3, timestampMs: NOW_MS + 5002, type: 'custom:n', data: { n: 3 } },
  ])
  expect(intake.takeUnsaved().map((entry) => entry.seq)).toEqual([1, 2, 3])
  expect(intake.readySeq).toBe(3)
  expect(intake.queue.bytes).toBeLessThan(500)
})

test('one that is handed over and is no JSON, or fits no batch, gets a stand-in; those around it are kept', () => {
  intake.offsetMs = 0
  intake.startMapping()
  intake.record(NOW_MS, { type: 'custom:a', data: 1, owned: true })
  intake.record(NOW_MS, { type: 'custom:b', data: { n: 1n }, owned: true })
  intake.record(NOW_MS, { type: 'custom:c', data: 'x'.repeat(2 * 1024 * 1024), owned: true })
  intake.record(NOW_MS, { type: 'custom:d', data: 4, owned: true })
  while (intake.hasUnwritten) intake.write()
  expect(queued()).toMatchObject([
    { type: 'custom:a' },
    { type: 'custom:not_recorded', data: { code: 'EVENT_INVALID', type: 'custom:b' } },
    { type: 'custom:not_recorded', data: { code: 'EVENT_TOO_LARGE', type: 'custom:c' } },
    { type: 'custom:d' },
  ])
  expect(intake.takeRefused()).toMatchObject([
    { sourceSeq: 2, code: 'EVENT_INVALID' },
    { sourceSeq: 3, code: 'EVENT_TOO_LARGE' },
  ])
  expect(intake.readySeq).toBe(4)
})

test('[I8] what waits to be written out takes no more room than it will', () => {
  intake = new Intake(100_000, () => 'an-id')
  const event = { type: 'custom:n', data: 'x'.repeat(50), owned: true }
  for (let i = 0; i < 500; i++) expect(intake.record(NOW_MS, event)).toBe(i + 1)
  while (intake.record(NOW_MS, event) > 0);
  expect(intake.queue.bytes).toBeGreaterThan(99_000)
  expect(intake.queue.bytes).toBeLessThanOrEqual(100_000)
})

test('[R2] while the clock is in doubt events wait with local time, and are mapped when it is known again', () => {
  intake.offsetMs = 5000
  intake.startMapping()
  intake.record(NOW_MS, key)
  intake.doubtClock()
  intake.record(NOW_MS + 3_600_000, key)
  intake.record(NOW_MS + 3_600_010, key)
  expect(intake.readySeq).toBe(1)
  // The clock was set an hour ahead; the service says that no hour has passed.
  intake.offsetMs = 5000 - 3_600_000
  intake.startMapping()
  expect(intake.readySeq).toBe(3)
  expect(queued().map((event) => event.timestampMs - NOW_MS)).toEqual([5000, 5000, 5010])
})

test('an event just over its limit is left to the service to reject, one that fits no batch is stood in for', () => {
  intake.record(NOW_MS, { type: 'custom:big', data: 'x'.repeat(1024 * 1024) })
  intake.record(NOW_MS, { type: 'custom:huge', data: 'x'.repeat(2 * 1024 * 1024) })
  expect(queued().map((event) => event.type)).toEqual(['custom:big', 'custom:not_recorded'])
  expect(queued()[1]?.data).toMatchObject({ code: 'EVENT_TOO_LARGE', type: 'custom:huge' })
  expect(intake.takeRefused()).toMatchObject([{ sourceSeq: 2, code: 'EVENT_TOO_LARGE' }])
  expect(intake.queue.bytes).toBe([...intake.queue].reduce((sum, event) => sum + event.bytes, 0))
})

test('[I8] over the bound events are counted, and the recording says how many', () => {
  intake = new Intake(1000, () => 'an-id')
  const seqs = Array.from({ length: 30 }, (_, i) =>
    intake.record(NOW_MS + i, { type: 'custom:n', data: 'x'.repeat(50) }),
  )
  const kept = seqs.filter((seq) => seq > 0).length
  expect(kept).toBeLessThan(15)
  expect(intake.notKept).toBe(30 - kept)
  expect(intake.isFull).toBe(true)
  intake.queue.forgetThrough(1)
  intake.tellMissedIfRoom(NOW_MS + 50, false)
  expect(intake.isFull).toBe(true)
  intake.queue.forgetThrough(kept)
  intake.tellMissedIfRoom(NOW_MS + 60, false)
  expect(queued()).toMatchObject([
    {
      seq: kept + 1,
      type: 'custom:not_recorded',
      checkpoint: true,
      data: { code: 'OUTBOX_FULL', count: 30 - kept, fromMs: NOW_MS + kept, toMs: NOW_MS + 29 },
    },
  ])
  expect(intake.isFull).toBe(false)
})

test('an earlier life is restored with its seqs and times; a hole in it is said', () => {
  const entry = (seq: number, mapped: boolean): OutboxEntry => ({
    seq,
    json: '{"type":"keystroke","data":{}}',
    timestampMs: seq * 10,
    mapped,
  })
  intake.restore(NOW_MS, [entry(4, true), entry(6, false)])
  expect(intake.queue.firstSeq).toBe(4)
  intake.offsetMs = 5000
  intake.startMapping()
  expect(queued()).toMatchObject([
    { seq: 4, type: 'keystroke', timestampMs: 40 },
    { seq: 5, type: 'custom:not_recorded', data: { code: 'OUTBOX_FAILED' } },
    { seq: 6, type: 'keystroke', timestampMs: 5060 },
  ])
})

test('a service with small limits gets small pieces, and nothing throws', () => {
  intake.limits = { ...LIMITS, maxEventBytes: 32_000, maxBatchBytes: 60_000 }
  const seq = intake.record(NOW_MS, {
    type: 'code_snapshot',
    data: { fileName: 'a', content: 'x'.repeat(100_000) },
  })
  intake.write(true)
  expect(seq).toBeGreaterThan(10)
  for (const event of intake.queue) expect(event.bytes).toBeLessThanOrEqual(32_000)
  expect(intake.takeRefused()).toEqual([])
})
