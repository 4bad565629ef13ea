import type { Json, RecordedEvent } from './events.js'

// The lines of events.json.gz and snapshots.json.gz. An event's line leaves out what its place already says;
// docs/archive.md has the rules. Nothing here needs more than JSON, so a browser plays from static files.

/** A row of session_events as an archive takes it. `dataJson` is its JSON text exactly as stored. */
export interface ArchivableEvent extends Omit<RecordedEvent, 'timestamp' | 'data'> {
  timestampMs: number
  dataJson: string
  receivedAtMs: number
}

/** A row of code_snapshots. `content` is the original text, whatever the text column could hold [R8]. */
export interface ArchivableSnapshot {
  /** Of the event that brought it; later equal snapshots of the file refer to this row by it. */
  seq: number
  fileId: string
  fileName: string
  language: string | null
  /** SHA-256, hex. */
  contentHash: string
  content: string
  diffFromPrevious: Json
  linesAdded: number
  linesDeleted: number
  timestampMs: number
}

/** An event as it comes out of an archive. */
export interface ArchivedEvent extends RecordedEvent {
  receivedAtMs: number
}

type WriterPlace = Pick<ArchivableEvent, 'source' | 'sourceSeq' | 'receivedAtMs'>

/**
 * The JSON of one event, one line, without the `[` or `,` in front. `previous` is the event before it in the
 * same segment, null for a segment's first: a segment must be readable without the one before.
 */
export function encodeEventLine(event: ArchivableEvent, previous: WriterPlace | null): string {
  // The order is for size: what repeats stands together, what differs from line to line stands together.
  // `data` comes last so that its exact text can be cut out again (dataJsonOf).
  let line = `{"type":${JSON.stringify(event.type)}`
  if (event.fileId !== null) line += `,"fileId":${JSON.stringify(event.fileId)}`
  line += `,"timestamp":${event.timestampMs}`
  if (event.receivedAtMs !== previous?.receivedAtMs) line += receiveTime(event)
  if (event.source !== previous?.source || event.sourceSeq !== previous.sourceSeq + 1) {
    line += `,"source":${event.source},"sourceSeq":${event.sourceSeq}`
  }
  if (event.rawTimestamp !== undefined) line += `,"rawTimestamp":${event.rawTimestamp}`
  if (event.flags !== undefined && event.flags.length > 0) line += `,"flags":${JSON.stringify(event.flags)}`
  if (event.replaces !== undefined) line += `,"replaces":${event.replaces}`
  if (event.original !== undefined) line += `,"original":${JSON.stringify(event.original)}`
  if (event.checkpoint) line += ',"checkpoint":true'
  return `${line},"data":${oneLineJson(event.dataJson)}}`
}

/** A delay costs a third to a half of a second time of 13 digits. It is a time where a delay would round. */
function receiveTime({ timestampMs, receivedAtMs }: ArchivableEvent): string {
  const afterMs = receivedAtMs - timestampMs
  return Number.isInteger(afterMs) && timestampMs + afterMs === receivedAtMs
    ? `,"receivedAfterMs":${afterMs}`
    : `,"receivedAtMs":${receivedAtMs}`
}

const NOT_ONE_LINE = /[\n\r]|\p{Surrogate}/u

/**
 * The same JSON on one line and encodable as UTF-8. A raw line break in JSON text can only be white space
 * between tokens, a raw lone surrogate only part of a string; text from PostgreSQL written by us has neither.
 */
export function oneLineJson(json: string): string {
  if (!NOT_ONE_LINE.test(json)) return json
  return json
    .replace(/[\n\r]/g, ' ')
    .replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * The text of `data` in an event's line, as it was stored. A quote inside a JSON string is always escaped, so
 * the first `,"data":` of a line can't be part of a type or a file's name.
 */
export const dataJsonOf = (line: string): string => line.slice(line.indexOf(',"data":') + 8, -1)

/**
 * All events of one segment, or of a whole object, as text after gunzip. `firstSeq` is the segment's, 1 for
 * the whole. Throws a plain Error when the text is not what docs/archive.md says.
 */
export function decodeEvents(text: string, firstSeq: number): ArchivedEvent[] {
  const events: ArchivedEvent[] = []
  let previous: ArchivedEvent | null = null
  for (const line of parseLines(text)) {
    previous = decodeEventLine(line, { seq: firstSeq + events.length, previous })
    events.push(previous)
  }
  return events
}

/** One line's event, from its parsed JSON, its seq and the event before it (null only for a segment's first). */
export function decodeEventLine(
  line: unknown,
  context: { seq: number; previous: WriterPlace | null },
): ArchivedEvent {
  const { seq, previous } = context
  const said = line as Partial<ArchivedEvent> & { receivedAfterMs?: number }
  const source = said?.source ?? previous?.source
  const sourceSeq = said?.sourceSeq ?? (previous === null ? undefined : previous.sourceSeq + 1)
  if (typeof said?.type !== 'string' || typeof said.timestamp !== 'number' || !('data' in said)) {
    throw new Error(`The archived event ${seq} lacks type, timestamp or data.`)
  }
  const receivedAtMs =
    said.receivedAfterMs === undefined
      ? (said.receivedAtMs ?? previous?.receivedAtMs)
      : said.timestamp + said.receivedAfterMs
  if (source === undefined || sourceSeq === undefined || receivedAtMs === undefined) {
    throw new Error(`The archived event ${seq} starts a segment without saying its source or receive time.`)
  }
  // What few events have is added, not spread: every event of every archive goes through here.
  const event: RecordedEvent & Partial<ArchivedEvent> = {
    seq,
    type: said.type,
    timestamp: said.timestamp,
    data: said.data,
    fileId: said.fileId ?? null,
    checkpoint: said.checkpoint ?? false,
    source,
    sourceSeq,
  }
  if (said.rawTimestamp !== undefined) event.rawTimestamp = said.rawTimestamp
  if (said.flags !== undefined) event.flags = said.flags
  if (said.replaces !== undefined) event.replaces = said.replaces
  if (said.original !== undefined) event.original = said.original
  event.receivedAtMs = receivedAtMs
  return event as ArchivedEvent
}

/** The JSON of one snapshot, one line. It says everything: snapshots are few and their seqs have holes. */
export function encodeSnapshotLine(row: ArchivableSnapshot): string {
  return JSON.stringify({
    seq: row.seq,
    fileId: row.fileId,
    fileName: row.fileName,
    language: row.language,
    timestamp: row.timestampMs,
    contentHash: row.contentHash,
    linesAdded: row.linesAdded,
    linesDeleted: row.linesDeleted,
    diffFromPrevious: row.diffFromPrevious,
    content: row.content,
  })
}

/** All snapshots of one segment, or of the whole object, as text after gunzip. */
export const decodeSnapshots = (text: string): ArchivableSnapshot[] =>
  parseLines(text).map(decodeSnapshotLine)

export function decodeSnapshotLine(line: unknown): ArchivableSnapshot {
  const { timestamp, ...row } = line as Omit<ArchivableSnapshot, 'timestampMs'> & { timestamp: number }
  if (typeof row.seq !== 'number' || typeof row.content !== 'string' || typeof timestamp !== 'number') {
    throw new Error('An archived snapshot lacks seq, content or timestamp.')
  }
  return { ...row, timestampMs: timestamp }
}

/**
 * The seq of the snapshot that holds the text of a stored code_snapshot event, or null for any other event.
 * A sender can't forge it: `content` of a code_snapshot is checked to be text when it comes in.
 */
export function snapshotSeqOf(event: Pick<RecordedEvent, 'type' | 'data'>): number | null {
  if (event.type !== 'code_snapshot') return null
  const content = (event.data as { content?: { $snapshot?: unknown } | null } | null)?.content
  return typeof content?.$snapshot === 'number' ? content.$snapshot : null
}

/** A segment's text is a piece of one JSON array: brackets of its own make it a whole one. */
function parseLines(text: string): unknown[] {
  if (text[0] !== '[' && text[0] !== ',') throw new Error('An archived segment starts with [ or a comma.')
  return parseQuietly(`[${text.slice(1, text.endsWith(']') ? -1 : undefined)}]`) as unknown[]
}

/** JSON.parse, whose own error would quote what a candidate typed. */
export function parseQuietly(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new Error('An archived text is not JSON.')
  }
}
