import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { apply } from '../fold/apply.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { Log } from '../log.js'
import { PersistentMap } from '../persistent-map.js'
import { anyRecording, type Draft, record } from '../test-support/recordings.js'
import { Text } from '../text.js'
import { byTime } from '../timeline.js'
import { FoldDecoder } from './decode-fold.js'
import { FoldEncoder } from './encode-fold.js'
import type { FoldDelta } from './fold-delta.js'

/** All that a fold says, however its structures hold it. */
function spelled(value: unknown): unknown {
  if (value instanceof Log) return value.toArray().map(spelled)
  if (value instanceof Text) return value.toString()
  if (value instanceof PersistentMap) return sortedEntries(value)
  if (Array.isArray(value)) return value.map(spelled)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([key, one]) => [key, spelled(one)])
    .sort(byKey)
}

const sortedEntries = (map: PersistentMap<unknown>) =>
  map
    .changesSince(PersistentMap.empty())
    .set.map(([key, one]) => [key, spelled(one)])
    .sort(byKey)

const byKey = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1)

const throughJson = (delta: FoldDelta): FoldDelta => JSON.parse(JSON.stringify(delta))

/** Folds the events, tells the fold after every so many, and goes on from what was heard. */
function foldedThroughKeyframes(
  events: readonly RecordedEvent[],
  every: number,
): { heard: Fold; told: Fold } {
  const encoder = new FoldEncoder()
  const decoder = new FoldDecoder()
  let told = EMPTY_FOLD
  let heard = EMPTY_FOLD
  for (const [i, event] of events.entries()) {
    told = apply(told, event)
    heard = apply(heard, event)
    if ((i + 1) % every === 0) {
      heard = decoder.decode(throughJson(encoder.encode(told)))
      expect(spelled(heard)).toEqual(spelled(told))
    }
  }
  return { heard, told }
}

/** Tells the fold after every so many events, every third time anew. */
function toldInChapters(events: readonly RecordedEvent[], every: number): { fold: Fold; delta: FoldDelta }[] {
  const encoder = new FoldEncoder()
  const told: { fold: Fold; delta: FoldDelta }[] = []
  let fold = EMPTY_FOLD
  for (const [i, event] of events.entries()) {
    fold = apply(fold, event)
    if ((i + 1) % every !== 0) continue
    const isAnew = told.length % 3 === 2
    told.push({ fold, delta: throughJson(isAnew ? encoder.encodeAnew(fold) : encoder.encode(fold)) })
  }
  return told
}

const PROPERTY_TIMEOUT_MS = 60_000

describe('a fold that was written down and read again', { timeout: PROPERTY_TIMEOUT_MS }, () => {
  test('[R1][R2][R7] says the same, and goes on as the fold does', () => {
    const recordings = fc.record({
      events: anyRecording({ minLength: 1, maxLength: 200 }),
      every: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(recordings, ({ events, every }) => {
        const { heard, told } = foldedThroughKeyframes([...events].sort(byTime), every)
        expect(spelled(heard)).toEqual(spelled(told))
      }),
      { numRuns: 50, interruptAfterTimeLimit: 30_000 },
    )
  })

  test('says the same from each place on where all is told anew, and to whoever knows nothing of such places', () => {
    const recordings = fc.record({
      events: anyRecording({ minLength: 1, maxLength: 200 }),
      every: fc.integer({ min: 1, max: 20 }),
    })
    fc.assert(
      fc.property(recordings, ({ events, every }) => {
        const told = toldInChapters([...events].sort(byTime), every)
        const older = new FoldDecoder()
        let decoder = new FoldDecoder()
        for (const { fold, delta } of told) {
          const { textsBefore, ...asDifference } = delta
          if (textsBefore !== undefined) decoder = new FoldDecoder()
          expect(spelled(decoder.decode(delta))).toEqual(spelled(fold))
          expect(spelled(older.decode(asDifference))).toEqual(spelled(fold))
        }
      }),
      { numRuns: 50, interruptAfterTimeLimit: 30_000 },
    )
  })

  test('whatever texts hold, and whatever happens to files', () => {
    const anyPart = fc.constantFrom(
      'a',
      '\n',
      'line\n',
      '\ud83d',
      '\ude00',
      '\0',
      '"',
      '😀',
      '\u2028',
      'x'.repeat(3000),
    )
    const anyText = fc.array(anyPart, { maxLength: 8 }).map((parts) => parts.join(''))
    const path = fc.constantFrom('a', 'b', '__proto__', 'constructor')
    const onFile = (type: string, data: fc.Arbitrary<object>) =>
      fc.record({ type: fc.constant(type), fileId: path, data, source: fc.integer({ min: 1, max: 2 }) })
    const anyDraft: fc.Arbitrary<Draft> = fc.oneof(
      onFile(
        'code_edit',
        fc.tuple(fc.nat(4000), fc.nat(2000), anyText).map((change) => ({ changes: [change] })),
      ),
      onFile('code_snapshot', fc.record({ fileName: path, content: anyText })),
      onFile('file_renamed', fc.record({ filePath: path, toPath: path })),
      onFile('file_created', fc.record({ filePath: path, content: anyText })),
      onFile('file_deleted', fc.record({ filePath: path })),
      onFile(
        'custom:x',
        fc.constant(JSON.parse('{"__proto__":{"a":1},"constructor":null,"toString":[1.5,-1e300]}')),
      ),
      onFile('terminal_output', fc.record({ output: anyText, exitCode: fc.constantFrom(null, 0) })),
    )
    const drafts = fc.array(anyDraft, { minLength: 1, maxLength: 60, size: 'max' })
    fc.assert(
      fc.property(drafts, fc.integer({ min: 1, max: 12 }), (given, every) => {
        const { heard, told } = foldedThroughKeyframes(record(given), every)
        expect(spelled(heard)).toEqual(spelled(told))
      }),
      { numRuns: 50, interruptAfterTimeLimit: 30_000 },
    )
  })
})

const edit = (at: number, text: string): Draft => ({
  type: 'code_edit',
  fileId: 'a.txt',
  data: { changes: [[at, 0, text]] },
})

/** How long the keyframes after the first are, one after each of these steps. */
function lengths(start: Draft[], steps: Draft[][]): number[] {
  const encoder = new FoldEncoder()
  let fold = EMPTY_FOLD
  const told = [start, ...steps].map((drafts, i) => {
    for (const event of record(drafts))
      fold = apply(fold, { ...event, seq: 1000 * i + event.seq, timestamp: i })
    return JSON.stringify(encoder.encode(fold)).length
  })
  return told.slice(1)
}

describe('a keyframe is about as long as what happened since the one before', () => {
  test('in a file of 10 MB on one line, edited at both ends', () => {
    const content = 'abcdefghij'.repeat(1_000_000)
    const start = [{ type: 'file_created', data: { filePath: 'a.txt', content } }]
    const steps = Array.from({ length: 20 }, (_, i) => [edit(i, 'x'), edit(10_000_000, 'y')])
    expect(Math.max(...lengths(start, steps))).toBeLessThan(20_000)
  })

  test('in a file that is renamed over and over, and in one that many names had', () => {
    const start = [{ type: 'file_created', data: { filePath: 'f0', content: 'x'.repeat(500_000) } }]
    const steps = Array.from({ length: 20 }, (_, i) => [
      { type: 'file_renamed', data: { filePath: `f${i}`, toPath: `f${i + 1}` } },
    ])
    expect(Math.max(...lengths(start, steps))).toBeLessThan(2000)
  })

  test('for a command that prints on and on, among 10,000 others', () => {
    const start = Array.from({ length: 10_000 }, (_, i) => ({
      type: 'terminal_input',
      data: { command: `c${i}` },
    }))
    const steps = Array.from({ length: 20 }, () => [
      { type: 'terminal_output', data: { output: 'z'.repeat(5000) } },
    ])
    expect(Math.max(...lengths(start, steps))).toBeLessThan(6000)
  })

  test('for pieces of a long text that still wait for the rest', () => {
    const piece = (index: number) => ({
      type: 'ai_interaction',
      data: { role: 'user', content: 'z'.repeat(5000), part: { id: 'p', index, count: 100 } },
    })
    const encoder = new FoldEncoder()
    const events = record(Array.from({ length: 30 }, (_, i) => piece(i)))
    let fold = EMPTY_FOLD
    const told = events.map((event) => {
      fold = apply(fold, event)
      return JSON.stringify(encoder.encode(fold)).length
    })
    expect(fold.pending.size).toBe(1)
    expect(Math.max(...told)).toBeLessThan(6000)
  })
})

test.each<[string, object]>([
  ['a text that was not told', { startTexts: { set: [['a', 7]] } }],
  ['a hunk beyond the end of its text', { texts: [{ from: 0, hunks: [5, 1, 'x'] }] }],
  ['a hunk that is none', { texts: [{ from: 0, hunks: ['x', 1] }] }],
  ['more items kept than there are', { lists: { chat: { kept: 3, added: [] } } }],
  ['an item that is none', { lists: { testRuns: { kept: 0, added: [null] } } }],
  ['a file without a text', { files: { set: [['1:a', { path: 'a' }]] } }],
])('a keyframe is refused that says %s', (_, delta) => {
  expect(() => new FoldDecoder().decode(delta as FoldDelta)).toThrow()
})
