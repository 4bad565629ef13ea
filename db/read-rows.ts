import type { RecordedEvent } from '../protocol/events.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Database } from './connect.js'
import { toStoreError } from './errors.js'
import type { EventQuery } from './event-page.js'

/** Of one query. */
const MAX_CHUNK_ROWS = 1000
const MAX_CHUNK_BYTES = 8 * 1024 * 1024

/** A row of the log with its data as stored: the text of a snapshot is still elsewhere. */
export interface LogRow {
  seq: number
  type: string
  timestamp: Date
  data: unknown
  fileId: string | null
  checkpoint: boolean
  source: number
  sourceSeq: number
  meta: EventMeta | null
}

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
  /** Those that match. */
  rows: LogRow[]
  /** Up to here all were looked at. */
  throughSeq: number
}

/**
 * The next matching rows above `afterSeq`, as many as should be in memory at once; null where rows above it were purged
 * meanwhile, or the session is gone. Throws StoreError.
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
    const found = await sql<
      (Omit<LogRow, 'seq' | 'sourceSeq'> & {
        purged: string
        seq: string | null
        sourceSeq: string
        found: string
      })[]
    >`
      select r.purged_through_seq as purged, p.* from session_recordings r
      left join lateral (
        select * from (
          select e.seq, e.type, e."timestamp", e.data, e.file_id as "fileId", e.checkpoint, e.source,
            e.source_seq as "sourceSeq", e.meta, count(*) over () as found, row_number() over (order by e.seq) as place,
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
      where r.id = ${sessionId} and r.erase_requested_at is null order by p.seq`
    const [first] = found
    if (first === undefined || Number(first.purged) > afterSeq) return null
    if (first.seq === null) return { rows: [], throughSeq }
    const rows = found.map((row) => ({ ...row, seq: Number(row.seq), sourceSeq: Number(row.sourceSeq) }))
    const isAll = Number(first.found) < limit && rows.length === Number(first.found)
    return { rows, throughSeq: isAll ? throughSeq : (rows.at(-1)?.seq ?? throughSeq) }
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

/** The event of a row, with the text of its snapshot where it has one. */
export function eventOfRow(row: LogRow, text: string | undefined): RecordedEvent {
  return recorded({
    seq: row.seq,
    type: row.type,
    timestamp: row.timestamp.getTime(),
    data: text === undefined ? row.data : { ...(row.data as object), content: text },
    fileId: row.meta?.fileId ?? row.fileId,
    checkpoint: row.checkpoint,
    source: row.source,
    sourceSeq: row.sourceSeq,
    meta: row.meta,
  })
}

/** An event as all ways of reading give it. */
export function recorded({ meta, ...event }: RecordedEvent & { meta: EventMeta | null }): RecordedEvent {
  if (meta?.rawTimestamp !== undefined) event.rawTimestamp = meta.rawTimestamp
  if (meta?.flags !== undefined) event.flags = meta.flags
  if (meta?.replaces !== undefined) event.replaces = meta.replaces
  if (meta?.original !== undefined) event.original = meta.original
  return event
}
