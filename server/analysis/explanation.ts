import { iterateEvents, type Stores } from '../../db/read-events.js'
import type { SessionRow } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import type { ExplanationView } from '../../protocol/http/index.js'
import { createExplainer } from '../../replay/analysis/index.js'
import { statsContextOf } from './session-analyses.js'

interface ExplanationQuery {
  metric: string
  filePath?: string | undefined
  afterSeq: number
  limit: number
}

/** One page of the events that made a number, of a file where it has one. Throws VALIDATION for what is no number, StoreError, ArchiveError. */
export async function explanationOf(
  stores: Stores,
  row: SessionRow,
  { metric, filePath, afterSeq, limit }: ExplanationQuery,
): Promise<ExplanationView> {
  const explainer = createExplainer(metric, await statsContextOf(stores.db, row), filePath)
  const found: ExplanationView['contributions'] = []
  const take = (shares: ExplanationView['contributions']): void => {
    for (const share of shares) if (share.seq > afterSeq) found.push(share)
  }
  for await (const events of inSlices(iterateEvents(stores, row.id))) {
    take(explainer.add(events))
    if (found.length > limit) break
  }
  // Some numbers are told by the whole session alone, and then by nothing before its end.
  if (found.length <= limit) take(explainer.end())
  const contributions = found.slice(0, pageEnd(found, limit))
  const more = contributions.length < found.length
  return { metric, contributions, nextAfterSeq: more ? (contributions.at(-1)?.seq ?? null) : null }
}

/** An event may have several shares, and the next page goes on behind an event: none is cut in the middle of one. */
function pageEnd(found: readonly { seq: number }[], limit: number): number {
  const last = found[limit - 1]?.seq
  if (last === undefined || found[limit]?.seq !== last) return limit
  const first = found.findIndex(({ seq }) => seq === last)
  return first > 0 ? first : found.findLastIndex(({ seq }) => seq === last) + 1
}
