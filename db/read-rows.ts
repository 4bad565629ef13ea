import type { RecordedEvent } from '../protocol/events.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Database } from './connect.js'
import { toStoreError } from './errors.js'
import type { EventQuery } from './read-events.js'

/** A page is also cut at this size, so that no caller holds a whole session of large events at once. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024

interface EventRow {
  seq: string
  type: string
  timestamp: Date
  data: unknown
  fileId: string | null
  checkpoint: boolean
  source: number
  sourceSeq: string
  meta: EventMeta | null
  dataBytes: number
}

/** Where a session's log stands in PostgreSQL: rows have the seqs from purgedThroughSeq + 1 to throughSeq. */
export interface RowsHead {
  epoch: number
  throughSeq: number
  purgedThroughSeq: number
  archiveGeneration: number
  storagePath: string | null
}

export async function readHead({ sql }: Database, sessionId: string): Promise<RowsHead | null> {
  try {
    const [head] = await sql<(RowsHead & { through: string; purged: string })[]>`
      select epoch, event_count as through, purged_through_seq as purged,
        archive_generation as "archiveGeneration", storage_path as "storagePath"
      from session_recordings where id = ${sessionId}`
    if (!head) return null
    const { through, purged, ...rest } = head
    return { ...rest, throughSeq: Number(through), purgedThroughSeq: Number(purged) }
  } catch (error) {
    throw toStoreError(error)
  }
}

/** One page of rows up to `throughSeq`; texts of snapshots are resolved. Throws StoreError. */
export async function readRows(
  db: Database,
  sessionId: string,
  query: EventQuery,
  throughSeq: number,
): Promise<{ events: RecordedEvent[]; nextAfterSeq: number | null }> {
  try {
    const rows = await db.sql<EventRow[]>`
      select e.seq, e.type, e."timestamp", e.data, e.file_id as "fileId", e.checkpoint, e.source,
        e.source_seq as "sourceSeq", e.meta, octet_length(e.data::text) as "dataBytes"
      from session_events e
      where e.session_id = ${sessionId} and e.seq > ${query.afterSeq} and e.seq <= ${throughSeq}
        ${query.types ? db.sql`and e.type = any(${[...query.types]}::text[])` : db.sql``}
        ${query.fromMs === undefined ? db.sql`` : db.sql`and e."timestamp" >= to_timestamp(${query.fromMs}::float8 / 1000)`}
        ${query.toMs === undefined ? db.sql`` : db.sql`and e."timestamp" <= to_timestamp(${query.toMs}::float8 / 1000)`}
      order by e.seq limit ${query.limit + 1}`
    const limited = rows.slice(0, query.limit)
    const texts = await readSnapshotTexts(
      db,
      sessionId,
      limited.flatMap((row) => (row.type === 'code_snapshot' ? (snapshotSeqOf(row.data) ?? []) : [])),
    )
    const events = withinBytes(limited, texts).map((row) => eventOfRow(row, texts))
    const more = rows.length > events.length
    return { events, nextAfterSeq: more ? (events.at(-1)?.seq ?? null) : null }
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The seq that a stored code_snapshot refers to for its text. No sender can send this: the schema wants a string. */
export function snapshotSeqOf(data: unknown): number | null {
  const content = (data as { content?: unknown } | null)?.content
  const seq = (content as { $snapshot?: unknown } | null | undefined)?.$snapshot
  return typeof seq === 'number' ? seq : null
}

async function readSnapshotTexts(
  { sql }: Database,
  sessionId: string,
  seqs: readonly number[],
): Promise<Map<number, string>> {
  if (seqs.length === 0) return new Map()
  const rows = await sql<{ seq: string; content: string; original: string | null }[]>`
    select seq, full_content as content, content_original as original from code_snapshots
    where session_id = ${sessionId} and seq = any(${[...new Set(seqs)]}::bigint[])`
  return new Map(rows.map((row) => [Number(row.seq), row.original ?? row.content]))
}

/** The first rows that fit into a page, at least one. */
function withinBytes(rows: readonly EventRow[], texts: ReadonlyMap<number, string>): EventRow[] {
  let bytes = 0
  const end = rows.findIndex((row, i) => {
    bytes += row.dataBytes + (texts.get(snapshotSeqOf(row.data) ?? -1)?.length ?? 0)
    return i > 0 && bytes > MAX_PAGE_BYTES
  })
  return end < 0 ? [...rows] : rows.slice(0, end)
}

function eventOfRow(row: EventRow, texts: ReadonlyMap<number, string>): RecordedEvent {
  const text = row.type === 'code_snapshot' ? texts.get(snapshotSeqOf(row.data) ?? -1) : undefined
  return recorded({
    seq: Number(row.seq),
    type: row.type,
    timestamp: row.timestamp.getTime(),
    data: text === undefined ? row.data : { ...(row.data as object), content: text },
    fileId: row.meta?.fileId ?? row.fileId,
    checkpoint: row.checkpoint,
    source: row.source,
    sourceSeq: Number(row.sourceSeq),
    meta: row.meta,
  })
}

/** An event as all ways of reading give it. */
export function recorded({ meta, ...event }: RecordedEvent & { meta: EventMeta | null }): RecordedEvent {
  if (meta?.rawTimestamp !== undefined) event.rawTimestamp = meta.rawTimestamp
  if (meta?.flags !== undefined) event.flags = meta.flags
  return event
}
