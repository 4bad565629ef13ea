import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../protocol/events.js'
import { orderedEvents, type TimedSegment } from './ordered-events.js'
import { anyRecording, record } from './test-support/recordings.js'
import { byTime } from './timeline.js'

interface Held extends TimedSegment {
  events: readonly RecordedEvent[]
}

/** Segments of so many events each, as a timeline has them. */
function segmentsOf(events: readonly RecordedEvent[], size: number): Held[] {
  const segments: Held[] = []
  for (let at = 0; at < events.length; at += size) {
    const part = events.slice(at, at + size)
    const times = part.map((event) => event.timestamp)
    segments.push({
      firstSeq: at + 1,
      lastSeq: at + part.length,
      firstMs: Math.min(...times),
      lastMs: Math.max(...times),
      events: part,
    })
  }
  return segments
}

interface Reading {
  seqs: number[]
  /** firstSeqs of the segments that were read, in that order. */
  read: number[]
}

async function readInOrder(segments: readonly Held[], maxHeld?: number, untilMs?: number): Promise<Reading> {
  const reading: Reading = { seqs: [], read: [] }
  const pages = orderedEvents({
    segments,
    load: async function* ({ firstSeq, events }) {
      reading.read.push(firstSeq)
      for (let at = 0; at < events.length; at += 3) yield events.slice(at, at + 3)
    },
    ...(maxHeld !== undefined && { maxHeld }),
    ...(untilMs !== undefined && { untilMs }),
  })
  for await (const page of pages) {
    expect(page.length).toBeGreaterThan(0)
    reading.seqs.push(...page.map((event) => event.seq))
  }
  return reading
}

const sortedSeqs = (events: readonly RecordedEvent[], untilMs = Number.POSITIVE_INFINITY): number[] =>
  events
    .filter((event) => event.timestamp <= untilMs)
    .sort(byTime)
    .map((event) => event.seq)

const at = (timesMs: readonly number[]): RecordedEvent[] =>
  record(timesMs.map((atMs) => ({ type: 'keystroke', data: {}, atMs })))

describe('[R2] events that are kept by seq come in the order of time, then seq', () => {
  test('for late and overlapping sources, however few may be held at once, up to any moment', async () => {
    const readings = fc.record({
      events: anyRecording({ minLength: 1, maxLength: 300 }),
      size: fc.integer({ min: 1, max: 40 }),
      maxHeld: fc.constantFrom(1, 2, 7, 50, undefined),
      untilMs: fc.option(fc.integer({ min: -1, max: 400 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(readings, async ({ events, size, maxHeld, untilMs }) => {
        const { seqs } = await readInOrder(segmentsOf(events, size), maxHeld, untilMs)
        expect(seqs).toEqual(sortedSeqs(events, untilMs))
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    )
  })

  test('for times without any order', async () => {
    const readings = fc.tuple(
      fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 100, size: 'max' }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 30 }),
    )
    await fc.assert(
      fc.asyncProperty(readings, async ([times, size, maxHeld]) => {
        const events = at(times)
        expect((await readInOrder(segmentsOf(events, size), maxHeld)).seqs).toEqual(sortedSeqs(events))
      }),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    )
  })
})

test('what follows in time is read once, one segment at a time, and no further than the moment', async () => {
  const segments = segmentsOf(at(Array.from({ length: 100 }, (_, i) => i)), 10)
  const taken: string[] = []
  const pages = orderedEvents({
    segments,
    load: async function* ({ firstSeq, events }) {
      taken.push(`read ${firstSeq}`)
      yield events
    },
    untilMs: 34,
  })
  for await (const page of pages) taken.push(`gave ${page.map((event) => event.seq).join(' ')}`)
  const gave = (from: number, to: number) =>
    `gave ${Array.from({ length: to - from + 1 }, (_, i) => from + i).join(' ')}`
  expect(taken).toEqual([
    ...['read 1', gave(1, 10), 'read 11', gave(11, 20)],
    ...['read 21', gave(21, 30), 'read 31', gave(31, 35)],
  ])
})

test('what an outbox brought late is read with what happened at the same time', async () => {
  const live = Array.from({ length: 40 }, (_, i) => i * 10)
  const late = Array.from({ length: 10 }, (_, i) => 105 + i)
  const { read } = await readInOrder(segmentsOf(at([...live, ...late]), 10))
  expect(read).toEqual([1, 11, 41, 21, 31])
})

test('where all overlap, no more is held than may be, and the others are read again', async () => {
  const events = at(Array.from({ length: 200 }, (_, i) => (i * 37) % 200))
  const { seqs, read } = await readInOrder(segmentsOf(events, 20), 60)
  expect(seqs).toEqual(sortedSeqs(events))
  // Each round gives half of what may be held at least.
  expect(read.length).toBeGreaterThan(10)
  expect(read.length).toBeLessThanOrEqual(10 * Math.ceil(200 / 30))
})

test('nothing recorded, nothing given', async () => {
  expect(await readInOrder([])).toEqual({ seqs: [], read: [] })
})
