import { iterateEvents, type Stores } from '../../db/read-events.js'
import type { SessionRow } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import { type SessionSeries, sessionSeriesView } from '../../protocol/http/index.js'
import { ANALYSIS_VERSION, createSeries, DEFAULT_SERIES_BUCKETS } from '../../replay/analysis/index.js'
import { archivedRecording } from './archived-overview.js'
import { statsContextOf } from './session-analyses.js'
import type { Turns } from './turns.js'

/**
 * What of a session's statistics has a place in time: as its archive has it, or from its first event on, in its turn.
 * Throws StoreError, ArchiveError.
 */
export async function seriesOf(
  stores: Stores,
  row: SessionRow,
  buckets: number,
  turns: Turns,
): Promise<SessionSeries> {
  const archived = buckets === DEFAULT_SERIES_BUCKETS ? await archivedSeries(stores, row) : null
  return archived ?? turns.take(() => computedSeries(stores, row, buckets))
}

/** Null where the archive does not have all events, or has no series of this version of the analysis. */
async function archivedSeries(stores: Stores, row: SessionRow): Promise<SessionSeries | null> {
  const recording = await archivedRecording(stores, row.id)
  const { data: series } = sessionSeriesView.safeParse(recording?.reader.metadata.stats.series)
  const isOfNow = series?.analysisVersion === ANALYSIS_VERSION && series.throughSeq === row.eventCount
  return series !== undefined && isOfNow ? series : null
}

async function computedSeries(stores: Stores, row: SessionRow, buckets: number): Promise<SessionSeries> {
  const context = await statsContextOf(stores.db, row)
  const fold = createSeries()
  for await (const events of inSlices(iterateEvents(stores, row.id))) fold.add(events)
  return fold.series(context, buckets)
}
