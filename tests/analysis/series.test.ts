import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PROVENANCES } from '../../protocol/http/analysis.js'
import { sessionSeriesView } from '../../protocol/http/series.js'
import { createAnalysis, createSeries, type StatsContext } from '../../replay/analysis/index.js'
import { naiveSeries } from '../support/naive-series.js'
import { anySession } from './generated-session.js'

const CONTEXT: StatsContext = {
  sessionId: 's',
  status: 'ACTIVE',
  startMs: 1_700_000_000_000,
  endMs: null,
  ratings: new Map(),
}
const RUNS = { numRuns: 150 }

test('every series of a generated session is what plain loops over the list of events say', () => {
  fc.assert(
    fc.property(anySession(), (events) => {
      const fold = createSeries()
      fold.add(events)
      const series = fold.series(CONTEXT, 40)
      expect(sessionSeriesView.parse(series)).toEqual(series)
      const naive = naiveSeries(events)
      expect(series.testRuns).toEqual(naive.testRuns)
      expect(series.aiTurns).toEqual(naive.aiTurns)
      expect(series.signals).toEqual(naive.signals)
      expect(series.firstPass).toEqual(naive.firstPass)
      expect(series.awayTimes.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual(naive.awayTimes)
    }),
    RUNS,
  )
})

test('each series ends in its number, and the code never shrinks', () => {
  fc.assert(
    fc.property(anySession(), fc.integer({ min: 1, max: 60 }), (events, buckets) => {
      const analysis = createAnalysis()
      analysis.add(events)
      const stats = analysis.stats(CONTEXT)
      const fold = createSeries()
      fold.add(events)
      const { code, awayTimes, testRuns } = fold.series(CONTEXT, buckets)
      for (const name of PROVENANCES) {
        const grown = code.kinds[name]
        expect(grown.length).toBeLessThanOrEqual(buckets)
        expect(grown).toEqual([...grown].sort((a, b) => a - b))
        expect(grown.at(-1) ?? 0, name).toBe(stats.provenance[name])
      }
      expect(testRuns.map(({ endMs, ...run }) => run)).toEqual(stats.testExecution.runs)
      expect(awayTimes).toHaveLength(stats.focus.awayCount)
      expect(awayTimes.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / 1000).toBeCloseTo(
        stats.focus.awaySeconds,
      )
    }),
    RUNS,
  )
})

test('code stands at the moment of the event that brought it, as far as a bucket tells', () => {
  const at = (seq: number, minute: number, text: string, origin: string) => ({
    seq,
    type: 'code_edit',
    timestamp: CONTEXT.startMs + minute * 60_000,
    data: { changes: [[0, 0, text]], origin },
    fileId: 'a.ts',
    checkpoint: false,
    source: 1,
    sourceSeq: seq,
  })
  const fold = createSeries()
  fold.add([at(1, 0, 'abc', 'typed'), at(2, 5, 'answer', 'ai'), at(3, 9, 'x', 'typed')])
  const { code } = fold.series(CONTEXT, 10)
  expect(code.startMs).toBe(CONTEXT.startMs)
  expect(code.kinds.typed).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 4])
  expect(code.kinds.ai).toEqual([0, 0, 0, 0, 0, 6, 6, 6, 6, 6])
})
