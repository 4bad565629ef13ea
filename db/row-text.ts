import type { ArchivableEvent } from '../protocol/archive-lines.js'
import { parseQuietly } from '../protocol/archive-lines.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Sql } from './connect.js'
import { withMeta } from './event-rows.js'

// Rows of session_events as one text, for those who read all of a session: what the driver does for each row and each of its
// columns would cost several times what all the rest of reading them does.

/** Between fields, and between rows: neither stands in a type, nor in any JSON. */
const FIELD_END = '\x1f'
const ROW_END = '\x1e'

/** All of a row that is kept of an event, in the order in which {@link eventsOfText} takes it apart. */
const eventText = (sql: Sql) => sql`
  seq || chr(31) || source || chr(31) || source_seq || chr(31) || floor(extract(epoch from "timestamp") * 1000)
    || chr(31) || floor(extract(epoch from received_at) * 1000) || chr(31) || checkpoint::int || chr(31) || type
    || chr(31) || coalesce(to_json(file_id)::text, 'null') || chr(31) || coalesce(meta::text, '') || chr(31) || data::text`

/** An aggregate of the rows of a page, to be taken apart by {@link eventsOfText}; null without any. */
export const eventsText = (sql: Sql) => sql`string_agg(${eventText(sql)}, chr(30) order by seq)`

/** The rows as an archive takes them. */
export function eventsOfText(text: string): ArchivableEvent[] {
  // Neighbours are mostly of one file, and of none.
  let fileIdJson = 'null'
  let fileId: string | null = null
  return text.split(ROW_END).map((row) => {
    const [seq, source, sourceSeq, timestampMs, receivedAtMs, checkpoint, type, file, meta, dataJson] =
      row.split(FIELD_END) as [string, string, string, string, string, string, string, string, string, string]
    if (file !== fileIdJson) {
      fileIdJson = file
      fileId = parseQuietly(file) as string | null
    }
    const event: ArchivableEvent = {
      seq: Number(seq),
      type,
      timestampMs: Number(timestampMs),
      dataJson,
      fileId,
      checkpoint: checkpoint === '1',
      source: Number(source),
      sourceSeq: Number(sourceSeq),
      receivedAtMs: Number(receivedAtMs),
    }
    return meta === '' ? event : withMeta(event, parseQuietly(meta) as EventMeta)
  })
}
