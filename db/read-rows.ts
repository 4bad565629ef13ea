import type { Database } from './connect.js'
import { toStoreError } from './errors.js'
import type { EventQuery } from './event-page.js'
import { eventJson } from './row-json.js'

/** Of one query. */
const MAX_CHUNK_ROWS = 1000
const MAX_CHUNK_BYTES = 8 * 1024 * 1024

/** Where a session's log stands in PostgreSQL: rows have the seqs from purgedThroughSeq + 1 to throughSeq. */
export interface RowsHead {
  epoch: number
  throughSeq: number
  purgedThroughSeq: number
  archiveGeneration: number
  storagePath: string | null
}

/** Null where the session does not exist. Throws StoreError. */
export async function readHead({ sql }: Database, sessionId: string): Promise<RowsHead | null> {
  try {
    const [head] = await sql<(RowsHead & { through: string; purged: string })[]>`
      select epoch, event_count as through, purged_through_seq as purged,
        archive_generation as "archiveGeneration", storage_path as "storagePath"
      from session_recordings where id = ${sessionId} and erase_requested_at is null`
    if (!head) return null
    const { through, purged, ...rest } = head
    return { ...rest, throughSeq: Number(through), purgedThroughSeq: Number(purged) }
  } catch (error) {
    throw toStoreError(error)
  }
}

export interface RowsChunk {
  /** Those that match, each as {@link eventJson} writes it. */
  rows: string[]
  /** Up to here all were looked at. */
  throughSeq: number
}

/** Between rows: it stands in no JSON. */
const ROW_END = '\x1e'

/**
 * The next matching rows above `afterSeq`, as many as should be in memory at once; null where rows above it were purged
 * meanwhile, or the session is gone. They come as one text: what the driver does for each row and each of its columns would
 * cost several times what all the rest of reading them does. Throws StoreError.
 */
export async function readRows(
  { sql }: Database,
  sessionId: string,
  { types, sources, fromMs, toMs }: Pick<EventQuery, 'types' | 'sources' | 'fromMs' | 'toMs'>,
  place: { afterSeq: number; throughSeq: number; limit: number },
): Promise<RowsChunk | null> {
  const { afterSeq, throughSeq } = place
  const limit = Math.min(place.limit, MAX_CHUNK_ROWS)
  try {
    // One statement, so that the rows and what was purged are of the same moment.
    const [found] = await sql<
      { purged: string; found: number | null; count: number; lastSeq: string | null; rows: string | null }[]
    >`
      select r.purged_through_seq as purged, p.* from session_recordings r
      left join lateral (
        select max(found)::int as found, count(*)::int as count, max(seq) as "lastSeq",
          string_agg(${eventJson(sql)}, ${ROW_END}::text order by seq) as rows
        from (
          select e.*, count(*) over () as found, row_number() over (order by e.seq) as place,
            sum(octet_length(e.data::text)) over (order by e.seq rows unbounded preceding) as bytes
          from (
            select * from session_events
            where session_id = ${sessionId} and seq > ${afterSeq} and seq <= ${throughSeq}
              ${types ? sql`and type = any(${[...types]}::text[])` : sql``}
              ${sources ? sql`and source = any(${[...sources]}::int[])` : sql``}
              ${fromMs === undefined ? sql`` : sql`and "timestamp" >= to_timestamp(${fromMs}::float8 / 1000)`}
              ${toMs === undefined ? sql`` : sql`and "timestamp" <= to_timestamp(${toMs}::float8 / 1000)`}
            order by seq limit ${limit}
          ) e
        ) sized where place = 1 or bytes <= ${MAX_CHUNK_BYTES}
      ) p on true
      where r.id = ${sessionId} and r.erase_requested_at is null`
    if (found === undefined || Number(found.purged) > afterSeq) return null
    if (found.rows === null) return { rows: [], throughSeq }
    const isAll = found.count < limit && found.count === found.found
    return { rows: found.rows.split(ROW_END), throughSeq: isAll ? throughSeq : Number(found.lastSeq) }
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The texts of snapshots that there are rows of, by seq. Throws StoreError. */
export async function readSnapshotTexts(
  { sql }: Database,
  sessionId: string,
  seqs: readonly number[],
): Promise<Map<number, string>> {
  if (seqs.length === 0) return new Map()
  try {
    const rows = await sql<{ seq: string; content: string; original: string | null }[]>`
      select seq, full_content as content, content_original as original from code_snapshots
      where session_id = ${sessionId} and seq = any(${[...seqs]}::bigint[])`
    return new Map(rows.map((row) => [Number(row.seq), row.original ?? row.content]))
  } catch (error) {
    throw toStoreError(error)
  }
}
