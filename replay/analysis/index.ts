import { ExplainedError } from '../../protocol/errors.js'
import { analysisOf, type Saved } from './analysis-of.js'
import { SessionFold } from './session-fold.js'
import { ANALYSIS_VERSION } from './stats.js'
import type { Analysis } from './types.js'

export { createExplainer, type Explainer } from './explain.js'
export {
  type Combines,
  FILE_METRICS,
  type FileMetricName,
  isMetric,
  METRICS,
  type MetricName,
  metricsOf,
  unitOf,
  unknownMetric,
} from './metrics.js'
export { createSeries, DEFAULT_SERIES_BUCKETS, type SeriesFold } from './series.js'
export { ANALYSIS_VERSION } from './stats.js'
export type { Analysis, Contribution, LaterRemark, StatsContext } from './types.js'

/**
 * The statistics of one session, from its beginning or from where `saved` left off.
 * @throws RecorderError VALIDATION for what another version saved: begin anew then
 */
export function createAnalysis(saved?: unknown): Analysis {
  const fold = new SessionFold()
  if (saved !== undefined) {
    const { version, fold: before } = (saved ?? {}) as Partial<Saved>
    if (version !== ANALYSIS_VERSION || before === undefined)
      throw new ExplainedError('VALIDATION', 'The saved analysis is not of this version.')
    fold.restore(before)
  }
  return analysisOf(fold)
}
