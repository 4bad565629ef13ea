import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../protocol/events.js'
import { createReplayEngine } from './engine.js'
import { apply } from './fold/apply.js'
import { EMPTY_FOLD } from './fold/fold.js'
import { KEYFRAME_EVENTS, RECENT_EVENTS } from './keyframes.js'
import { anyRecording, plain, record } from './test-support/recordings.js'
import { byTime } from './timeline.js'
import { createView } from './view.js'

/** The meaning of stateAt, without keyframes, cursors or any other shortcut. */
function foldedFromZero(events: readonly RecordedEvent[], atMs: number) {
  const past = events.filter((event) => event.timestamp <= atMs).sort(byTime)
  return plain(createView()(past.reduce(apply, EMPTY_FOLD), atMs))
}

const typing = (count: number): RecordedEvent[] =>
  record(
    Array.from({ length: count }, (_, i) => ({
      type: 'code_edit',
      fileId: 'a.ts',
      data: { changes: [[i, 0, String(i % 10)]] },
    })),
  )

// Shrinking a failure takes its time; the limit of fast-check comes first and still reports the seed.
const PROPERTY_TIMEOUT_MS = 60_000

describe('[R2] state at any t equals folding from zero to t', { timeout: PROPERTY_TIMEOUT_MS }, () => {
  test('whatever the order of arrival, for late, doubled and overlapping events', () => {
    const arrivals = anyRecording({ minLength: 1, maxLength: 400 }).chain((events) =>
      fc.record({
        events: fc.constant(events),
        // Blocks that arrive mostly in order, as from an outbox, some of them twice.
        blocks: fc
          .shuffledSubarray(cutIntoBlocks(events, 20), { minLength: 1 })
          .map((late) => [...late, ...cutIntoBlocks(events, 50)]),
        momentsMs: fc.array(fc.integer({ min: -5, max: 700 }), { maxLength: 4 }),
      }),
    )
    fc.assert(
      fc.property(arrivals, ({ events, blocks, momentsMs }) => {
        const engine = createReplayEngine()
        const known: RecordedEvent[] = []
        for (const block of blocks) {
          engine.insert(block)
          for (const event of block) if (!known.includes(event)) known.push(event)
          for (const atMs of momentsMs)
            expect(plain(engine.stateAt(atMs))).toEqual(foldedFromZero(known, atMs))
        }
        const endMs = Math.max(...events.map((event) => event.timestamp))
        expect(plain(engine.stateAt())).toEqual(foldedFromZero(events, endMs))
        expect(engine.eventCount).toBe(events.length)
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    )
  })

  test('[R3] after an epoch has dropped what lay above a seq and other events took its place', () => {
    const epochs = fc.record({
      before: anyRecording({ minLength: 2, maxLength: 300 }),
      after: anyRecording({ minLength: 1, maxLength: 100 }),
      keep: fc.nat({ max: 300 }),
    })
    fc.assert(
      fc.property(epochs, ({ before, after, keep }) => {
        const engine = createReplayEngine()
        engine.insert(before)
        engine.stateAt()
        engine.dropAbove(keep)
        const kept = before.filter((event) => event.seq <= keep)
        const endMs = Math.max(0, ...kept.map((event) => event.timestamp))
        expect(plain(engine.stateAt(endMs))).toEqual(foldedFromZero(kept, endMs))

        const others = after.map((event) => ({ ...event, seq: event.seq + kept.length }))
        engine.insert(others)
        const whole = [...kept, ...others]
        for (const atMs of [0, 10, 40, 1000]) {
          expect(plain(engine.stateAt(atMs))).toEqual(foldedFromZero(whole, atMs))
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    )
  })

  test('over many keyframes, sought forwards and backwards, with an event that comes late', () => {
    const events = typing(3 * KEYFRAME_EVENTS + 100)
    const engine = createReplayEngine()
    engine.insert(events)
    const moments = [6000, 10, 2047, 2048, 2049, 4096, 6243, 63, 64, 65, 1].map((index) => index * 1000)
    for (const atMs of moments) expect(plain(engine.stateAt(atMs))).toEqual(foldedFromZero(events, atMs))

    const late: RecordedEvent = {
      ...(events[0] as RecordedEvent),
      seq: 9999,
      timestamp: 2_000_500,
      source: 2,
    }
    engine.insert([late])
    for (const atMs of moments) {
      expect(plain(engine.stateAt(atMs))).toEqual(foldedFromZero([...events, late], atMs))
    }
  })
})

test('what did not change between two moments is the same object', () => {
  const engine = createReplayEngine()
  engine.insert(
    record([
      { type: 'ai_interaction', data: { role: 'user', content: 'why?' } },
      { type: 'code_edit', fileId: 'a.ts', data: { changes: [[0, 0, 'a']] } },
      { type: 'code_edit', fileId: 'b.ts', data: { changes: [[0, 0, 'b']] } },
    ]),
  )
  const before = engine.stateAt(1000)
  const after = engine.stateAt(2000)
  expect(after.chat).toBe(before.chat)
  expect(after.files[0]).toBe(before.files[0])
  expect(engine.stateAt(2000).files).toBe(after.files)
})

test('a stream of events that come a little late folds few of them again', () => {
  const engine = createReplayEngine()
  const events = typing(KEYFRAME_EVENTS)
  engine.insert(events)
  engine.stateAt()
  let folded = 0
  // A getter on the data counts how often events near the end are folded again.
  const watched = events.slice(-RECENT_EVENTS * 3).map((event, i) => {
    const { changes } = event.data as { changes: unknown }
    const read = () => {
      folded++
      return changes
    }
    const data = Object.defineProperty({}, 'changes', { enumerable: true, get: read })
    return { ...event, data, seq: event.seq + events.length, timestamp: 10_000_000 + i }
  })
  engine.insert(watched)
  engine.stateAt()
  const once = folded
  engine.insert([
    { ...(events[0] as RecordedEvent), seq: 99_999, timestamp: 10_000_000 + watched.length - 3 },
  ])
  engine.stateAt()
  expect(folded - once).toBeLessThanOrEqual(RECENT_EVENTS * (once / watched.length))
})

test('the empty recording has a state', () => {
  const engine = createReplayEngine()
  expect(engine.stateAt()).toMatchObject({ atMs: 0, seq: 0, session: null, files: [], activeFile: null })
  expect(engine.firstMs).toBeNull()
  expect(engine.checkpoints).toEqual([])
})

test('checkpoints and bounds follow what is inserted and dropped', () => {
  const engine = createReplayEngine()
  const snapshot = (atMs: number) => ({
    type: 'code_snapshot',
    fileId: 'a',
    data: { fileName: 'a', content: '' },
    atMs,
  })
  engine.insert(record([snapshot(30), { type: 'keystroke', data: {}, atMs: 10 }, snapshot(20)]))
  expect(engine.checkpoints.map((event) => event.seq)).toEqual([3, 1])
  expect([engine.firstMs, engine.lastMs]).toEqual([10, 30])
  engine.dropAbove(2)
  expect(engine.checkpoints.map((event) => event.seq)).toEqual([1])
})

function cutIntoBlocks(events: readonly RecordedEvent[], size: number): RecordedEvent[][] {
  const blocks: RecordedEvent[][] = []
  for (let at = 0; at < events.length; at += size) blocks.push(events.slice(at, at + size))
  return blocks
}
