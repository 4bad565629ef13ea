import { iterateEvents, type Stores } from '../../db/read-events.js'
import type { SessionRow } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import type { SessionSeries } from '../../protocol/http/index.js'
import { createSeries } from '../../replay/analysis/index.js'
import { statsContextOf } from './session-analyses.js'

/** What of a session's statistics has a place in time, from its first event on. Throws StoreError, ArchiveError. */
export async function seriesOf(stores: Stores, row: SessionRow, buckets: number): Promise<SessionSeries> {
  const context = await statsContextOf(stores.db, row)
  const fold = createSeries()
  for await (const events of inSlices(iterateEvents(stores, row.id))) fold.add(events)
  return fold.series(context, buckets)
}
