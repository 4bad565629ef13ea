import { loadAnalysis, storeAnalysis } from '../../db/analyses.js'
import { currentRatings } from '../../db/annotations.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import type { SessionRow } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import { questionKeyOf } from '../../protocol/question-key.js'
import {
  ANALYSIS_VERSION,
  createAnalysis,
  createSeries,
  metricsOf,
  type StatsContext,
} from '../../replay/analysis/index.js'

/** Enough for a drawing of the whole session. */
const DENSITY_BUCKETS = 200
/** Series of more turns and signals than people make are computed when they are asked for: metadata.json is to be small. */
const MAX_SERIES_CHARS = 256 * 1024

/**
 * Computes the statistics of a closed session from its first event on, whatever was computed while it was live, and
 * stores them. Answers what its archive says of them. Throws StoreError, and whatever the analysis throws.
 */
export async function analyseSession(stores: Stores, row: SessionRow): Promise<Record<string, unknown>> {
  const { db } = stores
  const { edition } = await loadAnalysis(db, row.id, ANALYSIS_VERSION)
  const analysis = createAnalysis()
  const series = createSeries()
  // What comes later makes a new generation, which computes anew.
  const events = iterateEvents(stores, row.id, { throughSeq: row.eventCount })
  for await (const slice of inSlices(events)) {
    analysis.add(slice)
    series.add(slice)
  }
  const context: StatsContext = {
    sessionId: row.id,
    status: row.status,
    startMs: row.startTime.getTime(),
    endMs: row.endTime?.getTime() ?? null,
    ratings: await currentRatings(db, row.id),
  }
  const stats = analysis.stats(context)
  await storeAnalysis(db, {
    sessionId: row.id,
    version: ANALYSIS_VERSION,
    throughSeq: analysis.throughSeq,
    edition,
    state: analysis.save(),
    metrics: metricsOf(stats),
    questionKey: questionKeyOf(row.question),
  })
  const { firstMs, lastMs, durationMs, density, idleGaps } = analysis.timeline({ buckets: DENSITY_BUCKETS })
  return {
    ...stats,
    timeline: { firstMs, lastMs, durationMs, density, idleGaps },
    ...withinBound({ series: series.series(context) }),
  }
}

const withinBound = <T extends object>(value: T): T | object =>
  JSON.stringify(value).length <= MAX_SERIES_CHARS ? value : {}
