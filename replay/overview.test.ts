import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../protocol/events.js'
import { overviewOf } from './overview.js'
import { anyRecording, type Draft, record } from './test-support/recordings.js'
import { byTime } from './timeline.js'

const overviewOfDrafts = (drafts: readonly Draft[]) => overviewOf(record(drafts))
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

test('nothing recorded', () => {
  expect(overviewOf([])).toMatchObject({ startMs: 0, endMs: 0, eventCount: 0, marks: [], silences: [] })
})

test('every edit and every piece of terminal is counted in the bin of its time', () => {
  const recordings = anyRecording({ minLength: 1, maxLength: 300 }).chain((events) =>
    fc.record({ events: fc.constant(events), stretched: fc.constantFrom(1, 1000, 10_000_000) }),
  )
  fc.assert(
    fc.property(recordings, ({ events, stretched }) => {
      const ordered = events.map((e) => ({ ...e, timestamp: e.timestamp * stretched })).sort(byTime)
      const { startMs, endMs, density, eventCount } = overviewOf(ordered)
      const [first, last] = [ordered[0] as RecordedEvent, ordered.at(-1) as RecordedEvent]
      expect([startMs, endMs, eventCount]).toEqual([first.timestamp, last.timestamp, ordered.length])
      expect(Math.max(density.edits.length, density.terminal.length)).toBeLessThanOrEqual(2000)
      for (const [lane, ofLane] of [
        ['edits', (type: string) => type === 'code_edit'],
        ['terminal', (type: string) => type.startsWith('terminal_')],
      ] as const) {
        const counts = density[lane]
        const mine = ordered.filter(({ type }) => ofLane(type))
        expect(sum(counts)).toBe(mine.length)
        for (const { timestamp } of mine)
          expect(counts[Math.floor((timestamp - startMs) / density.binMs)]).toBeGreaterThan(0)
      }
    }),
  )
})

describe('marks', () => {
  test('results make one mark for each run of a source', () => {
    const { marks } = overviewOfDrafts([
      { type: 'test_run_start', data: {} },
      { type: 'test_result', data: { passed: true } },
      { type: 'test_result', data: { passed: false }, source: 2 },
      { type: 'test_result', data: { passed: false } },
      { type: 'test_run_start', data: {} },
      { type: 'test_result', data: { passed: true } },
    ])
    expect(marks.map(({ seq, kind, label }) => [seq, kind, label])).toEqual([
      [2, 'mixed', 'Tests: 1 passed, 1 failed'],
      [3, 'fail', 'Tests: 0 passed, 1 failed'],
      [6, 'pass', 'Tests: 1 passed, 0 failed'],
    ])
  })

  test('questions, long pastes, signals and losses are marked, small ones are not', () => {
    const { marks } = overviewOfDrafts([
      { type: 'ai_interaction', data: { role: 'user' } },
      { type: 'ai_interaction', data: { role: 'assistant' } },
      { type: 'paste', data: { lengthChars: 79 } },
      { type: 'paste', data: { lengthChars: 80 } },
      { type: 'tab_hidden', data: null },
      { type: 'gap', data: {} },
      { type: 'constructor', data: {} },
      { type: 'code_snapshot', data: {} },
    ])
    expect(marks.map(({ kind }) => kind)).toEqual(['ai', 'signal', 'signal', 'loss', 'checkpoint'])
    expect(marks.at(-1)).toMatchObject({ lane: 'checkpoints', isCheckpoint: true, label: 'File saved' })
  })

  test('of more than there is room for some are kept from the start to the end, and the others counted', () => {
    const count = 50_000
    const { marks, marksLeftOut } = overviewOfDrafts(
      Array.from({ length: count }, () => ({ type: 'tab_hidden', data: {} })),
    )
    expect(marks.length).toBeLessThanOrEqual(20_000)
    expect(marks.length + marksLeftOut).toBe(count)
    const gaps = marks.slice(1).map(({ seq }, i) => seq - (marks[i]?.seq ?? 0))
    expect(new Set(gaps).size).toBe(1)
    expect(count - (marks.at(-1)?.seq ?? 0)).toBeLessThan(gaps[0] ?? 0)
  })

  test('a run whose mark was left out changes no other', () => {
    const drafts = Array.from({ length: 20_001 }, (_, i) => [
      { type: 'test_run_start', data: {} },
      { type: 'test_result', data: { passed: i % 2 === 0 } },
      { type: 'test_result', data: { passed: i % 2 === 0 } },
    ]).flat()
    const { marks } = overviewOfDrafts(drafts)
    expect(marks.length).toBe(10_001)
    expect(new Set(marks.map(({ label }) => label))).toEqual(new Set(['Tests: 2 passed, 0 failed']))
  })
})

test('silences are longer than six seconds', () => {
  const at = (atMs: number): Draft => ({ type: 'cursor', data: {}, atMs })
  expect(overviewOfDrafts([0, 6000, 12_001, 90_000].map(at)).silences).toEqual([
    { fromMs: 6000, toMs: 12_001 },
    { fromMs: 12_001, toMs: 90_000 },
  ])
})

describe('promised breaks', () => {
  const at = (atMs: number, type: string, source: number, data: object = {}): Draft => ({
    type,
    atMs,
    source,
    data,
  })
  const pause = (atMs: number, source: number, reason: string | null = null): Draft =>
    at(atMs, 'custom:recording_paused', source, { reason })
  const resume = (atMs: number, source: number): Draft => at(atMs, 'custom:recording_resumed', source)
  const spans = (drafts: readonly Draft[]) =>
    overviewOfDrafts(drafts).breaks.map(({ fromMs, toMs }) => [fromMs, toMs])

  test('are stretches, each of its tab; one that is not over goes on to the end', () => {
    const drafts = [pause(10, 1, 'Coffee'), pause(20, 2), resume(40, 1), resume(50, 3)]
    expect(overviewOfDrafts(drafts).breaks).toEqual([
      { fromMs: 10, toMs: 40, label: 'Recording paused: Coffee' },
      { fromMs: 20, toMs: 50, label: 'Recording paused' },
    ])
  })

  test('end with the page that was loaded in the break, where nobody ended them', () => {
    const after = [at(300, 'session_start', 2), at(301, 'editor_open', 2), at(900, 'cursor', 2)]
    expect(spans([at(0, 'cursor', 1), pause(100, 1), ...after])).toEqual([[100, 301]])
    expect(spans([pause(100, 1), ...after, at(1000, 'cursor', 3)])).toEqual([[100, 301]])
    expect(spans([pause(100, 1), at(150, 'tab_visible', 2), pause(200, 2), at(300, 'keystroke', 3)])).toEqual(
      [
        [100, 150],
        [200, 300],
      ],
    )
  })

  test('end where another tab records that was open all the time, as their own may be closed', () => {
    const other = [
      at(0, 'cursor', 2),
      at(150, 'terminal_output', 3),
      at(200, 'cursor', 2),
      at(900, 'cursor', 2),
    ]
    expect(spans([at(0, 'cursor', 1), ...other.slice(0, 1), pause(100, 1), ...other.slice(1)])).toEqual([
      [100, 200],
    ])
    // Both are paused: each is ended by the other, not by itself.
    expect(spans([pause(100, 1), pause(110, 2), at(200, 'cursor', 2), at(900, 'cursor', 1)])).toEqual([
      [100, 200],
      [110, 900],
    ])
  })

  test('go on whatever comes from what is no page, or from their own', () => {
    const elsewhere = [
      at(200, 'proctor_note', 2),
      at(300, 'test_result', 3),
      at(400, 'terminal_output', 4),
      at(500, 'code_edit', 5, { origin: 'ai' }),
      at(600, 'cursor', 1),
    ]
    expect(spans([pause(100, 1), ...elsewhere])).toEqual([[100, 600]])
  })

  test('end where their tab says so, also when another page came between', () => {
    expect(spans([pause(100, 1), at(200, 'cursor', 2), resume(400, 1), at(500, 'cursor', 2)])).toEqual([
      [100, 400],
    ])
  })

  test('go on with a second pause of the same tab', () => {
    expect(spans([pause(0, 1), pause(100, 1), resume(200, 1), at(300, 'cursor', 1)])).toEqual([[0, 200]])
  })
})
