import { oneLineJson, parseQuietly, snapshotSeqOf } from '../protocol/archive-lines.js'
import type { RecordedEvent } from '../protocol/events.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Sql } from './connect.js'

// Events of rows as PostgreSQL writes them: the JSON that whoever reads them is sent, but for two things that are seldom
// there, `meta` and the text of a snapshot. So most are neither made objects of nor written again.

/**
 * An event of session_events as JSON, its keys in the order in which all ways of reading give them, and its data as it is
 * stored. No text is taken out of `data` or `meta` [R8].
 */
export const eventJson = (sql: Sql) => sql`
  '{"seq":' || seq || ',"type":' || to_json(type)::text
    || ',"timestamp":' || (extract(epoch from "timestamp") * 1000)::bigint
    || coalesce(',"meta":' || meta::text, '') || ',"data":' || data::text
    || ',"fileId":' || coalesce(to_json(file_id)::text, 'null')
    || case when checkpoint then ',"checkpoint":true' else ',"checkpoint":false' end
    || ',"source":' || source || ',"sourceSeq":' || source_seq || '}'`

// What follows finds its way without parsing. A quote inside a string is escaped, so each of these, with its quotes, is a
// key; the first data and the last fileId are the event's own, since only data can hold keys that anybody thought of.
const META = ',"meta":'
const DATA = ',"data":'
const FILE_ID = ',"fileId":'
const SNAPSHOT = ',"type":"code_snapshot",'

export const seqOfRow = (json: string): number => Number(json.slice('{"seq":'.length, json.indexOf(',')))

/** The length of its data's JSON, without the text of a snapshot. */
export const dataCharsOfRow = (json: string): number =>
  json.lastIndexOf(FILE_ID) - json.indexOf(DATA) - DATA.length

/** The snapshot that a row refers to for its text, or null. */
export function snapshotSeqOfRow(json: string): number | null {
  if (!json.startsWith(SNAPSHOT, json.indexOf(','))) return null
  return snapshotSeqOf(parseQuietly(json) as RecordedEvent)
}

/** The event of a row, with the text of its snapshot where it has one. */
export function eventOfRow(json: string, text?: string): RecordedEvent {
  const { meta, ...event } = parseQuietly(json) as RecordedEvent & { meta?: EventMeta }
  if (text !== undefined) event.data = { ...(event.data as object), content: text }
  if (meta === undefined) return event
  if (meta.fileId !== undefined) event.fileId = meta.fileId
  return recorded({ ...event, meta })
}

/** The JSON, on one line, of a row's event that has no snapshot's text. */
export function eventJsonOfRow(json: string): string {
  const metaAt = json.indexOf(META)
  if (metaAt >= 0 && metaAt < json.indexOf(DATA)) return JSON.stringify(eventOfRow(json))
  return json.includes('\n') || json.includes('\r') ? oneLineJson(json) : json
}

/** An event as all ways of reading give it. */
export function recorded({ meta, ...event }: RecordedEvent & { meta: EventMeta | null }): RecordedEvent {
  if (meta?.rawTimestamp !== undefined) event.rawTimestamp = meta.rawTimestamp
  if (meta?.flags !== undefined) event.flags = meta.flags
  if (meta?.replaces !== undefined) event.replaces = meta.replaces
  if (meta?.original !== undefined) event.original = meta.original
  return event
}
