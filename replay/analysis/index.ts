import { ExplainedError } from '../../protocol/errors.js'
import type { LineCounts } from './line-counts.js'
import { SessionFold } from './session-fold.js'
import { ANALYSIS_VERSION, statsOf } from './stats.js'
import { timelineOf } from './timeline.js'
import type { Analysis } from './types.js'

export { createExplainer, type Explainer } from './explain.js'
export { LineCounts } from './line-counts.js'
export { type Combines, METRICS, type MetricName, metricsOf } from './metrics.js'
export { createSeries, DEFAULT_SERIES_BUCKETS, type SeriesFold } from './series.js'
export { ANALYSIS_VERSION } from './stats.js'
export type { Analysis, Contribution, StatsContext } from './types.js'

interface Saved {
  version: number
  fold: ReturnType<SessionFold['save']>
}

/**
 * The statistics of one session, from its beginning or from where `saved` left off.
 * @param lines shared with a series that is given the same events
 * @throws RecorderError VALIDATION for what another version saved: begin anew then
 */
export function createAnalysis(saved?: unknown, lines?: LineCounts): Analysis {
  const fold = new SessionFold(undefined, lines)
  if (saved !== undefined) {
    const { version, fold: before } = (saved ?? {}) as Partial<Saved>
    if (version !== ANALYSIS_VERSION || before === undefined)
      throw new ExplainedError('VALIDATION', 'The saved analysis is not of this version.')
    fold.restore(before)
  }
  return {
    add(events) {
      for (const event of events) fold.add(event)
    },
    get throughSeq() {
      return fold.throughSeq
    },
    stats: (context) => statsOf(fold, context),
    timeline: (options) => timelineOf(fold, options?.buckets),
    save: (): Saved => ({ version: ANALYSIS_VERSION, fold: fold.save() }),
  }
}
