import { describe, expect, test } from 'vitest'
import { isCheckpoint } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { createAnalysis, createSeries, metricsOf, type StatsContext } from '../../replay/analysis/index.js'
import type { Interview } from '../../scripts/simulate/interview.js'
import { sampleInterview } from '../../scripts/simulate/samples/samples.js'
import { noRecordings, RECORDINGS_DIR } from '../../scripts/simulate/test-support/recordings.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { naiveStatistics } from '../support/naive-statistics.js'
import { partOfInterview } from '../support/part-of-interview.js'

const START_MS = 1_700_000_000_000
/** The plain loops go over all events for each number: half a minute for all of them. */
const IS_WHOLE = process.env.TEST_WHOLE === '1'

/** As one page of a candidate would have recorded it. */
const recorded = ({ events }: Pick<Interview, 'events'>): RecordedEvent[] =>
  events.map(({ offsetMs, type, data, fileId }, i) => ({
    seq: i + 1,
    type,
    timestamp: START_MS + offsetMs,
    data,
    fileId: fileId ?? null,
    checkpoint: isCheckpoint(type, data, undefined),
    source: 1,
    sourceSeq: i + 1,
  }))

function analysed(interview: Omit<Interview, 'expected'>) {
  const events = recorded(interview)
  const turns = events.filter((event) => event.type === 'ai_interaction').map((event) => event.seq)
  const context: StatsContext = {
    sessionId: 's',
    status: 'COMPLETED',
    startMs: START_MS,
    endMs: START_MS + interview.durationMs,
    ratings: new Map(turns.map((seq, i) => [seq, 1 + (i % 5)])),
  }
  const analysis = createAnalysis()
  for (let i = 0; i < events.length; i += 2000) analysis.add(events.slice(i, i + 2000))
  return { events, context, analysis, stats: analysis.stats(context) }
}

function compared(interview: Omit<Interview, 'expected'>) {
  const { events, context, analysis, stats } = analysed(interview)
  const naive = naiveStatistics(events, context)
  const numbers = metricsOf(stats)
  expect(Object.keys(numbers).sort()).toEqual(Object.keys(naive.numbers).sort())
  for (const [name, value] of Object.entries(naive.numbers)) expect(numbers[name], name).toBeCloseTo(value, 6)
  expect(stats.fileChanges.mostEditedFiles).toEqual(naive.mostEditedFiles)
  expect(stats.activityTimeline.idleGaps.items.map((gap) => [gap.fromMs, gap.toMs])).toEqual(naive.gaps)
  expect(stats.activityTimeline.editBursts.items.map((one) => [one.fromMs, one.toMs])).toEqual(
    naive.bursts.length <= 500 ? naive.bursts : expect.any(Array),
  )
  expect(stats.testExecution.runs.map((run) => [run.atMs, run.passed, run.failed])).toEqual(
    naive.runs.map((run) => [run.atMs, run.passed, run.failed]),
  )
  expect(stats.limitsReached).toEqual([])
  const series = createSeries()
  series.add(events)
  expect(JSON.stringify(series.analysis()?.stats(context))).toBe(JSON.stringify(stats))
  expect(JSON.stringify(series.analysis()?.save())).toBe(JSON.stringify(analysis.save()))
  return { stats }
}

test.each([0, 1, 2])('every number of sample interview %i is what plain loops say', (n) => {
  const interview = sampleInterview(n)
  const { stats } = compared(interview)
  const chars = Object.values(interview.expected.files).reduce((sum, text) => sum + text.length, 0)
  expect(stats.provenance.total).toBe(chars)
  expect(stats.provenance.typed).toBeGreaterThan(0)
  expect(stats.provenance.unexplained).toBe(0)
})

const where = noRecordings ? ` (skipped: no recordings in ${RECORDINGS_DIR})` : ''
describe.skipIf(noRecordings)(`the interview woven from real recordings${where}`, () => {
  test('every number is what plain loops over the list of events say', () => {
    const whole = weaveInterview(RECORDINGS_DIR)
    compared(IS_WHOLE ? whole : partOfInterview(whole, 0.25))
  })

  test('all of it is counted, and each character of its files has come from somewhere', () => {
    const interview = weaveInterview(RECORDINGS_DIR)
    const { stats, events, analysis } = analysed(interview)
    expect(stats.totalEvents).toBe(events.length)
    expect(stats.fileChanges.totalSnapshots).toBeGreaterThan(1000)
    expect(stats.testExecution.totalTests).toBeGreaterThan(0)
    expect(stats.terminalActivity.totalCommands).toBeGreaterThan(0)
    const chars = Object.values(interview.expected.files).reduce((sum, text) => sum + text.length, 0)
    expect(stats.provenance.total).toBe(chars)
    // What is kept is small beside what it is computed from.
    expect(JSON.stringify(analysis.save()).length).toBeLessThan(JSON.stringify(events).length / 20)
  })
})
