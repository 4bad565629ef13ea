import type { EventFlag } from '../../protocol/events.js'

/**
 * One event as the buffer holds it: a line of tab-separated fields, written once where the event enters and
 * never parsed again on its way into PostgreSQL. JSON.stringify escapes tabs, newlines, NULs and lone
 * surrogates, so the separators are unambiguous and every text survives [R8].
 *
 *     type ⇥ timestampMs ⇥ checkpoint (1 or 0) ⇥ fileId as JSON or nothing ⇥ meta as JSON or nothing ⇥ data as JSON
 *
 * The place in the session and in the source follows from the batch that holds the line.
 */
export interface EventLine {
  type: string
  timestampMs: number
  checkpoint: boolean
  fileId: string | null
  meta: EventMeta | null
  /** JSON text, exactly as it will be stored. */
  dataJson: string
}

/** What is rarely there. `fileId` only where a text column cannot hold it. */
export interface EventMeta {
  /** In front, where queries look for it. */
  replaces?: number
  original?: { source: number; sourceSeq: number }
  rawTimestamp?: number
  flags?: EventFlag[]
  fileId?: string
}

/** The version of this format, kept beside each batch so that a worker of the next version can read it [R18]. */
export const EVENT_LINE_VERSION = 1

export function encodeEventLine(line: EventLine): string {
  const fileId = line.fileId === null ? '' : JSON.stringify(line.fileId)
  const meta = line.meta === null ? '' : JSON.stringify(line.meta)
  return `${line.type}\t${line.timestampMs}\t${line.checkpoint ? 1 : 0}\t${fileId}\t${meta}\t${line.dataJson}`
}

export function decodeEventLine(text: string): EventLine {
  const typeEnd = text.indexOf('\t')
  const timestampEnd = text.indexOf('\t', typeEnd + 1)
  const checkpointEnd = text.indexOf('\t', timestampEnd + 1)
  const fileIdEnd = text.indexOf('\t', checkpointEnd + 1)
  const metaEnd = text.indexOf('\t', fileIdEnd + 1)
  if (typeEnd < 1 || metaEnd < 0) throw new Error('an event line has six fields')
  const fileId = text.slice(checkpointEnd + 1, fileIdEnd)
  const meta = text.slice(fileIdEnd + 1, metaEnd)
  return {
    type: text.slice(0, typeEnd),
    timestampMs: Number(text.slice(typeEnd + 1, timestampEnd)),
    checkpoint: text.charCodeAt(timestampEnd + 1) === 0x31,
    fileId: fileId === '' ? null : unquoted(fileId),
    meta: meta === '' ? null : (JSON.parse(meta) as EventMeta),
    dataJson: text.slice(metaEnd + 1),
  }
}

const PLAIN_STRING = /^"[^"\\]*"$/

/** A JSON string's text. Most have nothing escaped, and nearly each event of a flush has one. */
const unquoted = (json: string): string =>
  PLAIN_STRING.test(json) ? json.slice(1, -1) : (JSON.parse(json) as string)
