import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { sessionStatsView, sessionTimelineView } from '../../protocol/http/analysis.js'
import {
  type Contribution,
  createAnalysis,
  createExplainer,
  createSeries,
  FILE_METRICS,
  METRICS,
  type MetricName,
  metricsOf,
  type StatsContext,
} from '../../replay/analysis/index.js'
import { record } from '../../replay/test-support/recordings.js'
import { naiveStatistics } from '../support/naive-statistics.js'
import { anySession } from './generated-session.js'

const RUNS = { numRuns: 150 }
const NAMES = Object.keys(METRICS) as MetricName[]

const contextOf = (events: readonly RecordedEvent[]): StatsContext => ({
  sessionId: 's',
  status: 'COMPLETED',
  startMs: 1_700_000_000_000,
  endMs: events.length % 2 === 0 ? null : 1_700_000_900_400,
  ratings: new Map(
    events.filter((e) => e.type === 'ai_interaction' && e.seq % 3 === 0).map((e) => [e.seq, 2]),
  ),
  // Every seventh event is noted or flagged after the close, by its name or by its moment alone.
  laterRemarks: events
    .filter((e) => e.seq % 7 === 3)
    .map((e) => ({
      kind: e.seq % 2 === 0 ? 'note' : 'flag',
      atMs: e.timestamp,
      targetSeq: e.seq % 3 === 0 ? e.seq : null,
    })),
})

function analysed(events: readonly RecordedEvent[]) {
  const analysis = createAnalysis()
  analysis.add(events)
  return analysis
}

function expectNumbers(actual: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 6)
}

/** Compares all that the statistics say with what plain loops over the list of events say. */
function expectAsPlainLoops(events: readonly RecordedEvent[]): void {
  const context = contextOf(events)
  const stats = analysed(events).stats(context)
  const naive = naiveStatistics(events, context)
  expectNumbers(metricsOf(stats), naive.numbers)
  expect(stats.fileChanges.mostEditedFiles).toEqual(naive.mostEditedFiles)
  expect(stats.activityTimeline.idleGaps.items.map((gap) => [gap.fromMs, gap.toMs])).toEqual(naive.gaps)
  expect(stats.limitsReached).toEqual([])
}

test('every number of a generated session is what plain loops over the list of events say', () => {
  fc.assert(fc.property(anySession(), expectAsPlainLoops), RUNS)
})

const created = { type: 'file_created', data: { filePath: 'a.ts', content: 'a1\n\nb\n1\nc' } }
const saved = (content: string, part?: object) => ({
  type: 'code_snapshot',
  fileId: 'a.ts',
  data: { fileName: 'a.ts', content, ...part },
})
const firstPiece = saved('a2', { part: { id: 'p', index: 0, count: 2 } })
const setAside = { type: 'quarantined', data: { code: 'X', claimedType: 'y', sizeBytes: 1 } }

test.each([
  ['a save has two shortest diffs, by which other characters are kept', [created, saved('a2\n\n\nc')]],
  ['the piece after the first was set aside, and may be repaired', [created, firstPiece, setAside]],
  ['another event says that no piece follows', [created, firstPiece, setAside, saved('a3')]],
])('so it is where %s', (_where, drafts) => {
  expectAsPlainLoops(record(drafts))
})

test('statistics and timeline are what their schemas say', () => {
  fc.assert(
    fc.property(anySession(), (events) => {
      const analysis = analysed(events)
      const stats = analysis.stats(contextOf(events))
      expect(sessionStatsView.parse(stats)).toEqual(stats)
      const timeline = analysis.timeline({ buckets: 50 })
      expect(sessionTimelineView.parse(timeline)).toEqual(timeline)
      const counts = Object.values(timeline.density.kinds).flat()
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(events.length)
      expect(timeline.checkpointCount).toBe(events.filter((event) => event.checkpoint).length)
      expect(timeline.segments.reduce((sum, segment) => sum + segment.eventCount, 0)).toBe(events.length)
    }),
    RUNS,
  )
})

test('saved and continued anywhere, and in pages of any size, is as if it had never stopped', () => {
  fc.assert(
    fc.property(anySession(), fc.array(fc.nat({ max: 120 }), { maxLength: 4 }), (events, cuts) => {
      const whole = analysed(events)
      let paged = createAnalysis()
      let from = 0
      for (const to of [...cuts.sort((a, b) => a - b), events.length]) {
        paged = createAnalysis(JSON.parse(JSON.stringify(paged.save())))
        // What lies at or below throughSeq may come again.
        paged.add(events.slice(Math.max(0, Math.min(from, to) - 2), to))
        from = to
      }
      const context = contextOf(events)
      expect(paged.stats(context)).toEqual(whole.stats(context))
      expect(paged.timeline()).toEqual(whole.timeline())
      expect(paged.save()).toEqual(whole.save())
    }),
    RUNS,
  )
})

test('the fold of the series comes to the same statistics, and saves the same, as one that is for them alone', () => {
  fc.assert(
    fc.property(anySession(), fc.nat({ max: 120 }), (events, cut) => {
      const whole = analysed(events)
      const series = createSeries()
      for (const some of [events.slice(0, cut), events.slice(cut)]) series.add(some)
      const analysis = series.analysis()
      const context = contextOf(events)
      expect(JSON.stringify(analysis?.stats(context))).toBe(JSON.stringify(whole.stats(context)))
      expect(analysis?.timeline()).toEqual(whole.timeline())
      expect(JSON.stringify(analysis?.save())).toBe(JSON.stringify(whole.save()))
    }),
    RUNS,
  )
})

/** The same events of each source, in another order of arrival. */
function rearranged(events: readonly RecordedEvent[], choices: readonly number[]): RecordedEvent[] {
  const queues = new Map<number, RecordedEvent[]>()
  for (const event of events) queues.set(event.source, [...(queues.get(event.source) ?? []), event])
  const result: RecordedEvent[] = []
  for (let i = 0; result.length < events.length; i++) {
    const open = [...queues.values()].filter((queue) => queue.length > 0)
    const queue = open[(choices[i % Math.max(1, choices.length)] ?? 0) % open.length] as RecordedEvent[]
    result.push({ ...(queue.shift() as RecordedEvent), seq: result.length + 1 })
  }
  return result
}

const BY_TIME = NAMES.filter((name) =>
  /^(activityTimeline|focus|testExecution|claudeInteractions|terminalActivity|duration|totalEvents|signals|recording)/.test(
    name,
  ),
)

test('[R2] whatever order the sources arrive in, times, tests, turns and commands stay the same', () => {
  fc.assert(
    fc.property(anySession(), fc.array(fc.nat({ max: 5 }), { maxLength: 40 }), (events, choices) => {
      const context = { ...contextOf(events), ratings: new Map() }
      const first = metricsOf(analysed(events).stats(context))
      const second = metricsOf(analysed(rearranged(events, choices)).stats(context))
      for (const name of BY_TIME) expect(second[name], name).toBe(first[name])
      expect(second['pastes.count']).toBe(first['pastes.count'])
      expect(second['pastes.totalChars']).toBe(first['pastes.totalChars'])
    }),
    RUNS,
  )
})

const COMBINE: Record<string, (amounts: number[]) => number | undefined> = {
  sum: (amounts) => amounts.reduce((sum, amount) => sum + amount, 0),
  mean: (amounts) =>
    amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length,
  smallest: (amounts) => (amounts.length === 0 ? undefined : Math.min(...amounts)),
  largest: (amounts) => (amounts.length === 0 ? undefined : Math.max(...amounts)),
}

test.each(NAMES)('what explains %s recomputes it', (name) => {
  fc.assert(
    fc.property(anySession(80), (events) => {
      const context = contextOf(events)
      const number = metricsOf(analysed(events).stats(context))[name]
      const explainer = createExplainer(name, context)
      const half = Math.floor(events.length / 2)
      const told: Contribution[] = [
        ...explainer.add(events.slice(0, half)),
        ...explainer.add(events.slice(half)),
        ...explainer.end(),
      ]
      const amounts = told.flatMap(({ amount }) => amount ?? [])
      const again = COMBINE[METRICS[name].combines]?.(amounts)
      // A number that is null has nothing that explains it.
      if (number === undefined) expect(told).toEqual([])
      else expect(again, name).toBeCloseTo(number, 6)
      for (const { seq, timestamp, type } of told)
        expect(events[seq - 1], `seq ${seq}`).toMatchObject({ seq, timestamp, type })
    }),
    { numRuns: 25 },
  )
})

const explained = (
  events: readonly RecordedEvent[],
  name: string,
  context: StatsContext,
  filePath?: string,
) => {
  const explainer = createExplainer(name, context, filePath)
  return [...explainer.add(events), ...explainer.end()]
}

test('what explains the numbers of a file recomputes those of the lists', () => {
  fc.assert(
    fc.property(anySession(80), (events) => {
      const context = contextOf(events)
      const { fileChanges, provenance } = analysed(events).stats(context)
      const lists = {
        'fileChanges.mostEditedFiles': fileChanges.mostEditedFiles,
        'provenance.files': provenance.files,
      }
      for (const [list, files] of Object.entries(lists)) {
        for (const { filePath, ...numbers } of files) {
          for (const [key, number] of Object.entries(numbers)) {
            const told = explained(events, `${list}.${key}`, context, filePath)
            expect(
              told.reduce((sum, { amount }) => sum + (amount ?? 0), 0),
              `${filePath} ${key}`,
            ).toBe(number)
            for (const { seq, timestamp, type } of told)
              expect(events[seq - 1]).toMatchObject({ seq, timestamp, type })
          }
        }
      }
      for (const name of Object.keys(FILE_METRICS))
        expect(explained(events, name, context, 'no such file')).toEqual([])
    }),
    { numRuns: 25 },
  )
})

test('a flag of after the close is explained by the event it names, else by the last one before its moment', () => {
  const events = [10, 30, 20].map((timestamp, i) => ({
    seq: i + 1,
    type: i === 1 ? 'proctor_flag' : 'cursor',
    timestamp,
    data: {},
    fileId: null,
    checkpoint: false,
    source: i,
    sourceSeq: 1,
  }))
  const flag = (atMs: number, targetSeq: number | null = null) => ({ kind: 'flag' as const, atMs, targetSeq })
  const laterRemarks = [flag(25), flag(99, 1), flag(5), flag(1000), flag(20, 77)]
  const context = { ...contextOf(events), laterRemarks }
  const told = explained(events, 'annotations.flags', context)
  expect(told.map(({ seq }) => seq)).toEqual([1, 1, 2, 2, 3, 3])
  expect(analysed(events).stats(context).annotations.flags).toBe(6)
})

test('a number of a file needs its path, and no other number has one', () => {
  const refusal = expect.objectContaining({ code: 'VALIDATION' })
  expect(() => createExplainer('provenance.files.typed')).toThrow(refusal)
  expect(() => createExplainer('provenance.typed', undefined, 'a.ts')).toThrow(refusal)
})

test('an unknown metric is refused with the names of those there are', () => {
  const refusal = {
    code: 'VALIDATION',
    details: { metrics: expect.arrayContaining(['testExecution.passRate', 'provenance.files.typed']) },
  }
  for (const name of ['fileChanges', 'toString'])
    expect(() => createExplainer(name)).toThrow(expect.objectContaining(refusal))
})
