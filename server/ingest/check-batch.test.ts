import { describe, expect, test } from 'vitest'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import { RecorderError } from '../../protocol/errors.js'
import { CLOCK_FAR_MS, LIMITS } from '../../protocol/limits.js'
import { checkBatch, type Writer } from './check-batch.js'
import { SourceTimeline } from './source-time.js'

const NOW = Date.UTC(2026, 10, 22, 12)

const writer = (receivedSeq = 0, lastTimestampMs: number | null = null): Writer => ({
  role: 'candidate',
  timeline: new SourceTimeline(receivedSeq, lastTimestampMs),
})

const event = (data: unknown = 1, timestamp: unknown = NOW) => ({ type: 'custom:x', timestamp, data })

const linesOf = (lines: string) => lines.split('\n').map(decodeEventLine)

function refusal(raw: unknown): RecorderError {
  try {
    checkBatch(raw, writer(), NOW)
  } catch (error) {
    if (error instanceof RecorderError) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('[R5] a batch that cannot be read is refused whole', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'batch'],
    ['a list', [event()]],
    ['no events', { firstSeq: 1 }],
    ['events that are no list', { firstSeq: 1, events: { length: 1 } }],
    ['an empty list', { firstSeq: 1, events: [] }],
    ['no firstSeq', { events: [event()] }],
    ['a firstSeq that is a text', { firstSeq: '1', events: [event()] }],
  ])('%s: BATCH_MALFORMED', (_what, raw) => {
    expect(refusal(raw).code).toBe('BATCH_MALFORMED')
    expect(refusal(raw).message).toContain('Send { firstSeq, events')
  })

  test.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 53])(
    'a firstSeq of %d: BATCH_SEQ_INVALID',
    (firstSeq) => {
      expect(refusal({ firstSeq, events: [event()] }).code).toBe('BATCH_SEQ_INVALID')
    },
  )

  test('one event too many: BATCH_TOO_LARGE, and exactly as many as allowed are taken', () => {
    const events = new Array(LIMITS.maxBatchEvents).fill(event())
    expect(checkBatch({ firstSeq: 1, events }, writer(), NOW).count).toBe(LIMITS.maxBatchEvents)
    expect(refusal({ firstSeq: 1, events: [...events, event()] })).toMatchObject({ code: 'BATCH_TOO_LARGE' })
  })
})

describe('[R7] the size of a batch is that of its JSON, in UTF-8 bytes', () => {
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
  /** `count` events that together make a batch of exactly `bytes`. */
  const batchOf = (bytes: number, count: number, fileId?: string) => {
    const events = Array.from({ length: count }, () => ({
      ...event(''),
      ...(fileId === undefined ? {} : { fileId }),
    }))
    const each = Math.floor((bytes - bytesOf({ firstSeq: 1, events })) / count)
    for (const one of events) one.data = 'a'.repeat(each)
    const last = events.at(-1) as (typeof events)[number]
    last.data = 'a'.repeat(each + bytes - bytesOf({ firstSeq: 1, events }))
    return { firstSeq: 1, events }
  }

  test.each([
    ['a few large events', 3, undefined],
    ['as many small ones as allowed', LIMITS.maxBatchEvents, undefined],
    ['events whose names weigh more than their data', 500, '日'.repeat(800)],
  ])('exactly the limit is taken, one byte more refused: %s', (_what, count, fileId) => {
    const exact = batchOf(LIMITS.maxBatchBytes, count, fileId)
    expect(bytesOf(exact)).toBe(LIMITS.maxBatchBytes)
    expect(checkBatch(exact, writer(), NOW)).toMatchObject({ count, rejected: [] })
    const over = refusal(batchOf(LIMITS.maxBatchBytes + 1, count, fileId))
    expect(over.code).toBe('BATCH_TOO_LARGE')
    expect(over.message).toContain(String(LIMITS.maxBatchBytes + 1))
  })

  test('a single event over both limits is rejected alone: it could never be split off', () => {
    const batch = { firstSeq: 7, events: [event('a'.repeat(LIMITS.maxBatchBytes))] }
    const checked = checkBatch(batch, writer(), NOW)
    expect(checked.rejected).toEqual([
      {
        sourceSeq: 7,
        code: 'EVENT_TOO_LARGE',
        message: expect.stringContaining('part: { id, index, count }'),
      },
    ])
    expect(checked.lines.length).toBeLessThan(200)
  })

  test('a refusal repeats nothing of the content', () => {
    expect(refusal(batchOf(LIMITS.maxBatchBytes + 1, 2)).message).not.toContain('aaaa')
  })
})

test('[R5] bad events take their own places, the good ones around them are kept', () => {
  const events = [
    event('one'),
    { ...event(), type: 'nonsense' },
    event('three'),
    null,
    event('five', 'no time'),
    event('six'),
  ]
  const { lines, rejected, count, firstSeq } = checkBatch({ firstSeq: 11, events }, writer(), NOW)
  expect({ count, firstSeq }).toEqual({ count: 6, firstSeq: 11 })
  expect(rejected.map(({ sourceSeq, code }) => [sourceSeq, code])).toEqual([
    [12, 'EVENT_UNKNOWN_TYPE'],
    [14, 'EVENT_INVALID'],
    [15, 'EVENT_TIMESTAMP_INVALID'],
  ])
  for (const { message } of rejected) expect(message).toMatch(/\. [A-Z].*\.$/)
  const kept = linesOf(lines)
  expect(kept.map((line) => line.type)).toEqual([
    'custom:x',
    'rejected',
    'custom:x',
    'rejected',
    'rejected',
    'custom:x',
  ])
  expect(kept.filter((l) => l.type === 'custom:x').map((l) => l.dataJson)).toEqual([
    '"one"',
    '"three"',
    '"six"',
  ])
})

describe('[R2] time within a batch and a source', () => {
  const timesOf = (batch: { lines: string }) => linesOf(batch.lines).map((line) => line.timestampMs)
  const batch = (firstSeq: number, ...timestamps: unknown[]) => ({
    firstSeq,
    events: timestamps.map((timestamp) => event(1, timestamp)),
  })

  test('falling timestamps are held, and their own kept', () => {
    const checked = checkBatch(batch(1, NOW, NOW - 7, NOW + 1), writer(), NOW)
    expect(timesOf(checked)).toEqual([NOW, NOW, NOW + 1])
    expect(linesOf(checked.lines).map((l) => l.meta)).toEqual([null, { rawTimestamp: NOW - 7 }, null])
    expect(checked).toMatchObject({ firstTimestampMs: NOW, lastTimestampMs: NOW + 1 })
  })

  test('they are held over batches, also while the first has no answer yet', () => {
    const one = writer(4, NOW - 10)
    expect(timesOf(checkBatch(batch(5, NOW - 20, NOW), one, NOW))).toEqual([NOW - 10, NOW])
    expect(timesOf(checkBatch(batch(7, NOW - 5), one, NOW))).toEqual([NOW])
  })

  test('a batch that comes again behind a later one keeps its own times', () => {
    const one = writer()
    checkBatch(batch(1, NOW - 30, NOW - 20), one, NOW)
    checkBatch(batch(3, NOW - 10), one, NOW)
    expect(timesOf(checkBatch(batch(1, NOW - 30, NOW - 20), one, NOW + 99))).toEqual([NOW - 30, NOW - 20])
  })

  test('one bad timestamp does not move its neighbours', () => {
    for (const bad of ['x', Number.NaN, NOW + 9 * CLOCK_FAR_MS, 0]) {
      // Received half a second after they happened, as over a slow line.
      const checked = checkBatch(batch(1, bad, NOW, bad, NOW + 1), writer(), NOW + 500)
      expect(timesOf(checked)).toEqual([NOW, NOW, NOW, NOW + 1])
    }
  })

  test('a source whose clock is wrong altogether goes on at the time of receipt', () => {
    const one = writer()
    expect(timesOf(checkBatch(batch(1, 5, 6), one, NOW))).toEqual([NOW, NOW])
  })

  test('what a tab sends and never gets through does not pile up', () => {
    const one = writer()
    for (let i = 1; i <= 100; i++) checkBatch(batch(10 * i, NOW - 1), one, NOW)
    const known = Array.from({ length: 100 }, (_, i) => one.timeline.before(10 * (i + 1) + 1))
    expect(known.filter((before) => before !== null)).toHaveLength(64)
    expect(known.at(-1)).toBe(NOW - 1)
  })
})
