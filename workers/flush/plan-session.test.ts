import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BufferedBatch } from '../../db/buffer/event-buffer.js'
import { type CommittedState, planSession } from './plan-session.js'

/** Events `first`…`first + count - 1` of a source under the promised seqs from `seq`; a line names its event. */
const batch = (source: number, first: number, count: number, seq: number): BufferedBatch => ({
  firstSeq: seq,
  source,
  firstSourceSeq: first,
  count,
  receivedAtMs: 1000,
  late: false,
  version: 1,
  lines: Array.from({ length: count }, (_, i) => `${source}:${first + i}`),
  bytes: count * 10,
})

const state = (eventCount: number, sources: Record<number, number>): CommittedState => ({
  epoch: 1,
  eventCount,
  sources: new Map(Object.entries(sources).map(([source, seq]) => [Number(source), seq])),
})

describe('one session', () => {
  test('numbers events on from what is committed, as they were promised', () => {
    const plan = planSession(state(10, { 1: 4, 2: 6 }), [batch(1, 5, 2, 11), batch(2, 7, 1, 13)])
    expect(plan.events.map((e) => [e.seq, e.source, e.sourceSeq, e.line])).toEqual([
      [11, 1, 5, '1:5'],
      [12, 1, 6, '1:6'],
      [13, 2, 7, '2:7'],
    ])
    expect(plan).toMatchObject({ committedSeq: 13, renumbered: false, hole: null, keepFromSeq: 14 })
    expect(plan.committedBytes).toBe(30)
    expect(plan.sources).toEqual(
      new Map([
        [1, 6],
        [2, 7],
      ]),
    ) // prettier-ignore
  })

  test('[I3] takes nothing twice: a batch that is committed, wholly or in part', () => {
    const committed = state(6, { 1: 6 })
    expect(planSession(committed, [batch(1, 1, 6, 1)])).toMatchObject({ events: [], keepFromSeq: 7 })
    const half = planSession(committed, [batch(1, 5, 4, 5)])
    expect(half.events.map((e) => e.sourceSeq)).toEqual([7, 8])
    expect(half.renumbered).toBe(false)
    expect(half.keepFromSeq).toBe(9)
  })

  test('[R3] notices where Redis had promised other seqs', () => {
    expect(planSession(state(5, { 1: 5 }), [batch(1, 6, 1, 3)]).renumbered).toBe(true)
    expect(planSession(state(5, { 1: 5 }), [batch(1, 6, 1, 9)]).renumbered).toBe(true)
  })

  test('[R6] stops at a hole in a source, and leaves it and everything behind it in the buffer', () => {
    const plan = planSession(state(2, { 1: 2, 2: 0 }), [
      batch(2, 1, 1, 3),
      batch(1, 5, 1, 4),
      batch(2, 2, 1, 5),
    ])
    expect(plan.hole).toEqual({ source: 1, expectedSeq: 3, foundSeq: 5 })
    expect(plan.events.map((e) => e.line)).toEqual(['2:1'])
    expect(plan.keepFromSeq).toBe(4)
  })

  test('[R13] a source that PostgreSQL does not know is a hole, not a source at its start', () => {
    // Rows without a source would have no watermark, and the next flush would take them again.
    const plan = planSession(state(2, { 1: 2 }), [batch(9, 1, 2, 3)])
    expect(plan.events).toEqual([])
    expect(plan.hole).toEqual({ source: 9, expectedSeq: 1, foundSeq: 1 })
  })

  test('an empty buffer changes nothing', () => {
    expect(planSession(state(7, { 1: 7 }), [])).toMatchObject({
      events: [],
      committedSeq: 7,
      renumbered: false,
      hole: null,
      committedBytes: 0,
    })
  })
})

/**
 * What readers of a buffer may see: batches in the buffer's order that overlap, come twice, start anywhere, and
 * belong to several sources, none of it in step with what is committed.
 */
const anyBatches = fc
  .array(
    fc.record({
      source: fc.integer({ min: 1, max: 3 }),
      first: fc.integer({ min: 1, max: 12 }),
      count: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 12 },
  )
  .map((some) => {
    let seq = 1
    return some.map(({ source, first, count }) => {
      seq += count
      return batch(source, first, count, seq - count)
    })
  })

const anyState = fc
  .record({ 1: fc.nat(8), 2: fc.nat(8), 3: fc.nat(8) })
  .map((sources) => state(sources[1] + sources[2] + sources[3], sources))

describe('any buffer', () => {
  test('[I3] never doubles, never skips, never reorders within a source, never leaves a hole in the seqs', () => {
    fc.assert(
      fc.property(anyState, anyBatches, (committed, batches) => {
        const plan = planSession(committed, batches)
        const next = new Map(committed.sources)
        plan.events.forEach((event, i) => {
          expect(event.seq).toBe(committed.eventCount + 1 + i)
          expect(event.sourceSeq).toBe((next.get(event.source) ?? 0) + 1)
          expect(event.line).toBe(`${event.source}:${event.sourceSeq}`)
          next.set(event.source, event.sourceSeq)
        })
        expect(plan.committedSeq).toBe(committed.eventCount + plan.events.length)
        // The watermarks say exactly what was taken, and never fall.
        for (const [source, seq] of plan.sources) expect(seq).toBe(next.get(source))
      }),
    )
  })

  test('everything before the hole is taken or known, nothing at or behind it is trimmed', () => {
    fc.assert(
      fc.property(anyState, anyBatches, (committed, batches) => {
        const plan = planSession(committed, batches)
        const after = new Map([...committed.sources, ...plan.sources])
        const trimmed = batches.filter((b) => b.firstSeq < plan.keepFromSeq)
        const kept = batches.slice(trimmed.length)
        for (const b of trimmed) {
          expect(b.firstSourceSeq + b.count - 1).toBeLessThanOrEqual(after.get(b.source) ?? 0)
        }
        expect(plan.committedBytes).toBe(trimmed.reduce((sum, b) => sum + b.bytes, 0))
        if (plan.hole === null) expect(kept).toEqual([])
        else {
          expect(kept[0]).toMatchObject({ source: plan.hole.source, firstSourceSeq: plan.hole.foundSeq })
          expect(plan.hole.foundSeq).toBeGreaterThan(plan.hole.expectedSeq)
        }
      }),
    )
  })

  test('[I3] doing it again with the same batches, or in two flushes, comes to the same rows', () => {
    fc.assert(
      fc.property(anyState, anyBatches, fc.nat(12), (committed, batches, cut) => {
        const once = planSession(committed, batches)
        const after: CommittedState = {
          epoch: 1,
          eventCount: once.committedSeq,
          sources: new Map([...committed.sources, ...once.sources]),
        }
        expect(planSession(after, batches).events).toEqual([])
        const first = planSession(committed, batches.slice(0, cut))
        const between: CommittedState = {
          epoch: 1,
          eventCount: first.committedSeq,
          sources: new Map([...committed.sources, ...first.sources]),
        }
        const rest = planSession(between, first.hole ? [] : batches)
        expect([...first.events, ...rest.events]).toEqual(once.events)
      }),
    )
  })
})
