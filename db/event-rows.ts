import type { ArchivableEvent } from '../protocol/archive-lines.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Sql, Tx } from './connect.js'
import { toColumnText } from './text.js'

/** A row of session_events as the driver gives it, by {@link eventColumns}. */
export interface EventRow {
  seq: string
  type: string
  timestamp: Date
  dataJson: string
  fileId: string | null
  checkpoint: boolean
  source: number
  sourceSeq: string
  receivedAt: Date
  meta: EventMeta | null
}

/** All of a row that is kept of an event; `data` as the text that is stored. */
export const eventColumns = (sql: Sql | Tx) => sql`
  seq, type, "timestamp", data::text as "dataJson", file_id as "fileId", checkpoint, source,
  source_seq as "sourceSeq", received_at as "receivedAt", meta`

/** A row as an archive takes it. All keys at once, and none by spreading: every row of every session goes through here. */
export function archivableEvent(row: EventRow): ArchivableEvent {
  const event: ArchivableEvent = {
    seq: Number(row.seq),
    type: row.type,
    timestampMs: row.timestamp.getTime(),
    dataJson: row.dataJson,
    fileId: row.fileId,
    checkpoint: row.checkpoint,
    source: row.source,
    sourceSeq: Number(row.sourceSeq),
    receivedAtMs: row.receivedAt.getTime(),
  }
  return row.meta === null ? event : withMeta(event, row.meta)
}

/** What few rows say besides, put into the event. */
export function withMeta(event: ArchivableEvent, meta: EventMeta): ArchivableEvent {
  if (meta.fileId !== undefined) event.fileId = meta.fileId
  if (meta.rawTimestamp !== undefined) event.rawTimestamp = meta.rawTimestamp
  if (meta.flags !== undefined) event.flags = meta.flags
  if (meta.replaces !== undefined) event.replaces = meta.replaces
  if (meta.original !== undefined) event.original = meta.original
  return event
}

/** Puts archived events back as the rows that they were, but for the surrogate `id`, which is a new one. */
export async function insertEventRows(
  tx: Tx,
  sessionId: string,
  events: readonly ArchivableEvent[],
): Promise<void> {
  const metas = events.map((event) => metaOf(event))
  // A list of texts as a parameter has no NULLs: a file's absence is said beside it, a meta's by an empty text.
  await tx`
    insert into session_events
      (session_id, seq, type, "timestamp", data, file_id, checkpoint, source, source_seq, received_at, meta)
    select ${sessionId}::uuid, seq, type, "timestamp"::timestamptz, data::json,
      case when has_file = 1 then file_id end, checkpoint = 1, source, source_seq, received_at::timestamptz,
      nullif(meta, '')::json
    from unnest(
      ${events.map((e) => e.seq)}::bigint[], ${events.map((e) => e.type)}::text[],
      ${events.map((e) => new Date(e.timestampMs).toISOString())}::text[], ${events.map((e) => e.dataJson)}::text[],
      ${events.map((e) => (e.fileId === null ? 0 : 1))}::int[],
      ${events.map((e) => toColumnText(e.fileId ?? ''))}::text[], ${events.map((e) => (e.checkpoint ? 1 : 0))}::int[],
      ${events.map((e) => e.source)}::int[], ${events.map((e) => e.sourceSeq)}::bigint[],
      ${events.map((e) => new Date(e.receivedAtMs).toISOString())}::text[], ${metas}::text[])
      as e (seq, type, "timestamp", data, has_file, file_id, checkpoint, source, source_seq, received_at, meta)`
}

/** What the column meta holds of an event, as JSON text, in the order in which the flush writes it; empty where there is nothing to say. */
export function metaOf({ replaces, original, rawTimestamp, flags, fileId }: ArchivableEvent): string {
  const isAltered = fileId !== null && toColumnText(fileId) !== fileId
  if (!isAltered && (replaces ?? original ?? rawTimestamp ?? flags) === undefined) return ''
  const meta: EventMeta = {}
  if (replaces !== undefined) meta.replaces = replaces
  if (original !== undefined) meta.original = original
  if (rawTimestamp !== undefined) meta.rawTimestamp = rawTimestamp
  if (flags !== undefined && flags.length > 0) meta.flags = flags
  if (isAltered) meta.fileId = fileId
  return Object.keys(meta).length === 0 ? '' : JSON.stringify(meta)
}
