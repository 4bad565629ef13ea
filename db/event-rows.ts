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

/** A row as an archive takes it. */
export const archivableEvent = ({ meta, timestamp, receivedAt, ...row }: EventRow): ArchivableEvent => ({
  ...row,
  seq: Number(row.seq),
  sourceSeq: Number(row.sourceSeq),
  timestampMs: timestamp.getTime(),
  receivedAtMs: receivedAt.getTime(),
  fileId: meta?.fileId ?? row.fileId,
  ...(meta?.rawTimestamp === undefined ? {} : { rawTimestamp: meta.rawTimestamp }),
  ...(meta?.flags === undefined ? {} : { flags: meta.flags }),
  ...(meta?.replaces === undefined ? {} : { replaces: meta.replaces }),
  ...(meta?.original === undefined ? {} : { original: meta.original }),
})

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
  const meta: EventMeta = {}
  if (replaces !== undefined) meta.replaces = replaces
  if (original !== undefined) meta.original = original
  if (rawTimestamp !== undefined) meta.rawTimestamp = rawTimestamp
  if (flags !== undefined && flags.length > 0) meta.flags = flags
  if (fileId !== null && toColumnText(fileId) !== fileId) meta.fileId = fileId
  return Object.keys(meta).length === 0 ? '' : JSON.stringify(meta)
}
