import type { Database } from './connect.js'
import { toStoreError } from './errors.js'

/** A run of a session's committed seqs: above `afterSeq`, up to `throughSeq`. */
export interface FactsRange {
  sessionId: string
  afterSeq: number
  throughSeq: number
}

/** An event that a proctor may want to know of, with what is needed to count it. */
export interface FactRow {
  sessionId: string
  type: string
  timestamp: Date
  /** The number of its source: pages that were loaded later have higher ones. */
  source: number
  /** Whether it is the first of a source of the candidate's, as each page load is one. */
  beginsPage: boolean
  /** Of a result of a test; null of one that has pieces still to come. */
  passed: boolean | null
  /** Of a turn of the chat, likewise. */
  role: string | null
  checkpoint: boolean
  /** A repair of an event that was counted as lost [R5]. */
  isRepair: boolean
  /** Of a paste; null where it is not small. */
  data: unknown
}

const FACT_TYPES = [
  'test_run_start',
  'test_result',
  'ai_interaction',
  'paste',
  'tab_hidden',
  'tab_visible',
  'second_tab',
  'rejected',
  'quarantined',
  'gap',
]
const MAX_DATA_BYTES = 2000

/** What happened in some runs of committed events, each in seq order. Committed events keep their seqs. Throws StoreError. */
export async function readFacts({ sql }: Database, ranges: readonly FactsRange[]): Promise<FactRow[]> {
  if (ranges.length === 0) return []
  const [ids, afters, throughs] = columnsOf(ranges)
  try {
    return await sql<FactRow[]>`
      select e.session_id as "sessionId", e.type, e."timestamp", e.source,
        ${beginsPage(sql)} as "beginsPage", t.passed, c.role, e.checkpoint,
        coalesce(e.meta::text like '{"replaces":%', false) as "isRepair",
        case when e.type = 'paste' and octet_length(e.data::text) < ${MAX_DATA_BYTES} then e.data end as data
      from unnest(${ids}::uuid[], ${afters}::bigint[], ${throughs}::bigint[]) as r(id, after, through)
      join session_events e on e.session_id = r.id and e.seq > r.after and e.seq <= r.through
      left join test_results t on t.session_id = e.session_id and t.seq = e.seq
      left join claude_interactions c on c.session_id = e.session_id and c.seq = e.seq
      where e.type = any(${FACT_TYPES}::text[]) or e.meta::text like '{"replaces":%'
        or (${beginsPage(sql)})
      order by e.session_id, e.seq`
  } catch (error) {
    throw toStoreError(error)
  }
}

/**
 * Looked up for the first events of sources alone. A write under an Idempotency-Key has a source of its own too, with a
 * space in its id, as in none that a page has.
 */
const beginsPage = (sql: Database['sql']) => sql`
  e.source_seq = 1 and exists (select from session_sources s
    where s.session_id = e.session_id and s.source = e.source and s.role = 'candidate' and s.source_id not like '% %')`

export interface ActivityRow {
  sessionId: string
  /** Which stretch of `stretchMs` since 1970 it is. */
  stretch: number
  count: number
}

/** How many events of these runs were received in each stretch of time since `sinceMs`. Throws StoreError. */
export async function readActivity(
  { sql }: Database,
  ranges: readonly FactsRange[],
  { sinceMs, stretchMs }: { sinceMs: number; stretchMs: number },
): Promise<ActivityRow[]> {
  if (ranges.length === 0) return []
  const [ids, afters, throughs] = columnsOf(ranges)
  try {
    return await sql<ActivityRow[]>`
      select e.session_id as "sessionId", count(*)::int as count,
        floor(extract(epoch from e.received_at) * 1000 / ${stretchMs}::float8)::float8 as stretch
      from unnest(${ids}::uuid[], ${afters}::bigint[], ${throughs}::bigint[]) as r(id, after, through)
      join session_events e on e.session_id = r.id and e.seq > r.after and e.seq <= r.through
      where e.received_at >= to_timestamp(${sinceMs / 1000}::float8)
      group by e.session_id, stretch`
  } catch (error) {
    throw toStoreError(error)
  }
}

const columnsOf = (ranges: readonly FactsRange[]) =>
  [
    ranges.map(({ sessionId }) => sessionId),
    ranges.map(({ afterSeq }) => afterSeq),
    ranges.map(({ throughSeq }) => throughSeq),
  ] as const

/** The id of the last redaction of each of these sessions that has one. Throws StoreError. */
export async function lastRedactions(
  { sql }: Database,
  sessionIds: readonly string[],
): Promise<Map<string, number>> {
  if (sessionIds.length === 0) return new Map()
  try {
    const rows = await sql<{ sessionId: string; id: string }[]>`
      select session_id as "sessionId", max(id) as id from redactions
      where session_id = any(${[...sessionIds]}::uuid[]) group by session_id`
    return new Map(rows.map(({ sessionId, id }) => [sessionId, Number(id)]))
  } catch (error) {
    throw toStoreError(error)
  }
}
