import { expect, test } from 'vitest'
import type { AnalysisLimit } from '../../protocol/http/analysis.js'
import { type Draft, record } from '../test-support/recordings.js'
import { createAnalysis, createSeries } from './index.js'

const CONTEXT = {
  sessionId: 's',
  status: 'ACTIVE',
  startMs: 0,
  endMs: null,
  ratings: new Map<number, number>(),
}
const MB = 1_000_000

const typed = (path: string, source = 1): Draft => ({
  type: 'code_edit',
  fileId: path,
  source,
  data: { changes: [[0, 0, 'x']], origin: 'typed' },
})

test.each<[string, AnalysisLimit, number, (i: number) => Draft]>([
  ['files', 'files', 20_000, (i) => typed(`f${i}`)],
  ['sources', 'sources', 20_000, (i) => typed('f', i)],
  ['different commands', 'commands', 30_000, (i) => ({ type: 'terminal_input', data: { command: `c${i}` } })],
  [
    'checkpoints',
    'checkpoints',
    20_000,
    () => ({ type: 'code_snapshot', data: { fileName: 'f'.repeat(300), content: '' } }),
  ],
  [
    'times away',
    'awayTimes',
    30_000,
    (i) => ({ type: i % 2 === 0 ? 'tab_hidden' : 'tab_visible', data: {} }),
  ],
  ['test runs', 'testRuns', 5000, () => ({ type: 'test_run_start', data: {} })],
  [
    'turns of the chat',
    'aiTurns',
    20_000,
    () => ({ type: 'ai_interaction', data: { role: 'user', content: '' } }),
  ],
  [
    'answers',
    'search',
    4,
    () => ({ type: 'ai_interaction', data: { role: 'assistant', content: 'x'.repeat(MB) } }),
  ],
  ['pastes', 'pastes', 5000, (i) => ({ type: 'paste', data: { lengthChars: i } })],
  ['text', 'text', 40, (i) => ({ type: 'editor_open', fileId: `f${i}`, data: { content: 'x'.repeat(MB) } })],
  [
    'snapshots',
    'lineDiff',
    40,
    (i) => ({
      type: 'code_snapshot',
      fileId: `f${i}`,
      data: { fileName: 'f', content: `${i}${'x'.repeat(MB)}` },
    }),
  ],
  [
    'unfinished texts',
    'text',
    40,
    (i) => ({
      type: 'code_snapshot',
      source: i,
      data: { fileName: 'f', content: 'x'.repeat(MB), part: { id: 'p', index: 0, count: 9 } },
    }),
  ],
  [
    'times all over a year',
    'timeResolution',
    20_000,
    (i) => ({ ...typed('f'), atMs: ((i * 7919) % 20_000) * 1_577_000 }),
  ],
])(
  '[I8] more %s than are kept: the result says so, and what is kept stays small',
  (_what, limit, count, draft) => {
    const analysis = createAnalysis()
    const series = createSeries()
    const events = record(Array.from({ length: count }, (_, i) => draft(i)))
    analysis.add(events)
    series.add(events)
    const stats = analysis.stats(CONTEXT)
    const same = series.analysis()
    if (['text', 'lineDiff', 'pastes'].includes(limit)) expect(same).toBeNull()
    else expect(JSON.stringify(same?.save())).toBe(JSON.stringify(analysis.save()))
    expect(stats.totalEvents).toBe(count)
    expect(stats.limitsReached).toContain(limit)
    expect(JSON.stringify(analysis.save()).length).toBeLessThan(10 * MB)
    const { density } = analysis.timeline()
    expect(density.kinds.edits.length).toBeLessThanOrEqual(600)
  },
)

test('[I8] a fold that reaches a bound by what it keeps for the series alone has no statistics to give', () => {
  const HALF = 10_000
  // Each character between two of another event: twice as many runs as characters typed at once, all of one origin.
  const woven = (path: string): Draft[] => [
    { ...typed(path), data: { changes: [[0, 0, 'x'.repeat(HALF)]], origin: 'typed' } },
    {
      ...typed(path),
      data: { changes: Array.from({ length: HALF }, (_, at) => [at, 0, 'y']), origin: 'typed' },
    },
  ]
  const resultsOf = (files: number) => {
    const analysis = createAnalysis()
    const series = createSeries()
    const events = record(Array.from({ length: files }, (_, i) => woven(`f${i}`)).flat())
    analysis.add(events)
    series.add(events)
    return { analysis, same: series.analysis() }
  }
  const few = resultsOf(2)
  expect(JSON.stringify(few.same?.save())).toBe(JSON.stringify(few.analysis.save()))
  const many = resultsOf(30)
  expect(many.analysis.stats(CONTEXT).limitsReached).toEqual([])
  expect(many.same).toBeNull()
})

test('[I8] text that is searched for again and again is searched for so long only', () => {
  const paste = (i: number): Draft => ({
    type: 'code_edit',
    fileId: 'f',
    data: { changes: [[0, 0, `never seen before ${i} `.repeat(50)]], origin: 'paste' },
  })
  const analysis = createAnalysis()
  analysis.add(record(Array.from({ length: 5000 }, (_, i) => paste(i))))
  expect(analysis.stats(CONTEXT).limitsReached).toContain('search')
  expect(analysis.stats(CONTEXT).provenance.total).toBeGreaterThan(4 * MB)
})

test('how finely times are kept depends on the times, not on the order of their arrival', () => {
  const times = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? i * 400 : i * 864_000_000))
  const timelineOf = (atMs: number[]) => {
    const analysis = createAnalysis()
    analysis.add(record(atMs.map((ms) => ({ ...typed('f'), atMs: ms }))))
    const { density, idleGaps, firstMs, lastMs } = analysis.timeline({ buckets: 5000 })
    return { density, idleGaps, firstMs, lastMs, active: analysis.stats(CONTEXT).activityTimeline }
  }
  expect(timelineOf([...times].reverse())).toEqual(timelineOf(times))
})

test('claims beyond all measure stay numbers', () => {
  const analysis = createAnalysis()
  const huge = Number.MAX_SAFE_INTEGER
  analysis.add(
    record([
      {
        type: 'ai_interaction',
        data: { role: 'user', content: '', inputTokens: huge, outputTokens: huge, latency: 1e308 },
      },
      { type: 'test_result', data: { testName: '', passed: true, duration: 1e308 } },
      { type: 'paste', data: { lengthChars: huge } },
      { type: 'gap', data: { source: 1, fromSeq: 1, toSeq: huge } },
    ]),
  )
  const stats = analysis.stats(CONTEXT)
  expect(stats.claudeInteractions).toMatchObject({ totalTokensUsed: 2e9, averageLatency: 1e9 })
  expect(stats.testExecution.averageDuration).toBe(1e9)
  expect(stats.pastes.totalChars).toBe(1e9)
  expect(stats.recording.lostEvents).toBe(1e9)
})

test('what another version saved is refused', () => {
  for (const saved of [null, {}, { version: 0, fold: {} }, 'text'])
    expect(() => createAnalysis(saved)).toThrow(expect.objectContaining({ code: 'VALIDATION' }))
})

test('a session without events has zeros to count and nothing to average', () => {
  const stats = createAnalysis().stats(CONTEXT)
  expect(stats).toMatchObject({
    totalEvents: 0,
    duration: null,
    testExecution: { totalTests: 0, passRate: null, averageDuration: null, timeToFirstPass: null },
    claudeInteractions: { averageLatency: null, averagePromptQuality: null, aiTurnsBeforeFirstPass: null },
    activityTimeline: { firstEvent: null, lastEvent: null, totalActiveTime: 0 },
  })
  expect(createAnalysis().timeline()).toMatchObject({ firstMs: null, durationMs: 0, segments: [] })
})
