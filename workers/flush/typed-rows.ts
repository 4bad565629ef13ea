import { decodeEventLine } from '../../db/buffer/event-line.js'
import { hashText, toColumnText } from '../../db/text.js'
import { MAX_FILE_ID_CHARS } from '../../protocol/limits.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import { diffLines } from './line-diff.js'
import type { PlannedEvent } from './plan-session.js'

/** The last stored snapshot of a file. */
export interface StoredSnapshot {
  seq: number
  source: number
  contentHash: string
  content: string
}

/** What typed rows need from PostgreSQL, read inside the flush transaction. */
export interface TypedRowReader {
  /** The source's own last snapshot of the file; where it has none, the file's last of any source. */
  lastSnapshot(sessionId: string, fileId: string, source: number): Promise<StoredSnapshot | null>
  /** The data of events of one source that are committed already, in order. */
  earlierPieces(
    sessionId: string,
    source: number,
    fromSourceSeq: number,
    toSourceSeq: number,
  ): Promise<unknown[]>
}

export interface TypedRows {
  snapshots: SnapshotRow[]
  interactions: InteractionRow[]
  testResults: TestResultRow[]
}

export interface SnapshotRow {
  session_id: string
  seq: number
  source: number
  file_id: string
  file_name: string
  language: string | null
  content_hash: string
  full_content: string
  content_original: string | null
  diff_from_previous: unknown
  lines_added: number
  lines_deleted: number
  timestamp: Date
}

export interface InteractionRow {
  session_id: string
  seq: number
  role: string
  content: string
  model: string | null
  input_tokens: number | null
  output_tokens: number | null
  latency: number | null
  prompt_quality: number | null
  timestamp: Date
}

export interface TestResultRow {
  session_id: string
  seq: number
  test_name: string
  passed: boolean
  output: string | null
  error: string | null
  duration: number | null
  timestamp: Date
}

type Fields = Record<string, unknown>

const TYPED = /^(code_snapshot|ai_interaction|test_result)\t/

/** Whether an event has a row of its own kind besides the one in the log; decided without parsing it. */
export const hasTypedRow = (line: string): boolean => TYPED.test(line)

/**
 * Adds the typed rows of one session's planned events to `rows`. The stored event of a snapshot refers to the
 * row that holds its text, so the lines of snapshots are rewritten in place: `content` becomes
 * `{"$snapshot": seq}`, which no sender can send, as the schema wants a string there.
 */
export async function addTypedRows(
  rows: TypedRows,
  sessionId: string,
  events: PlannedEvent[],
  reader: TypedRowReader,
): Promise<void> {
  const last = new Map<string, StoredSnapshot>()
  const lastOfFile = new Map<string, StoredSnapshot>()
  const pieces = new Map<string, unknown[]>()
  for (const event of events) {
    if (!hasTypedRow(event.line)) continue
    const line = decodeEventLine(event.line)
    const own = JSON.parse(line.dataJson) as Fields
    const part = partOf(own)
    const whole = part === null ? own : await joinPieces(sessionId, event, line.type, own, pieces, reader)
    if (whole === null) continue
    const place = { session_id: sessionId, seq: event.seq, timestamp: new Date(line.timestampMs) }
    if (line.type === 'ai_interaction') rows.interactions.push({ ...place, ...interaction(whole) })
    else if (line.type === 'test_result') rows.testResults.push({ ...place, ...testResult(whole) })
    else {
      // A name that stands in for a path is cut to what the index can hold.
      const fileId = toColumnText(line.fileId ?? String(whole.fileName).slice(0, MAX_FILE_ID_CHARS))
      const key = `${event.source}\t${fileId}`
      let previous = last.get(key) ?? null
      if (previous === null) {
        previous = await reader.lastSnapshot(sessionId, fileId, event.source)
        // The source's own comes first; of all others the newest, which PostgreSQL may not have yet.
        if (previous?.source !== event.source) previous = lastOfFile.get(fileId) ?? previous
      }
      const content = String(whole.content)
      const contentHash = hashText(content)
      let stored = previous
      if (previous?.contentHash !== contentHash) {
        stored = { seq: event.seq, source: event.source, contentHash, content }
        rows.snapshots.push({
          ...place,
          source: event.source,
          file_id: fileId,
          ...snapshot(whole, previous, stored),
        })
      }
      last.set(key, stored as StoredSnapshot)
      lastOfFile.set(fileId, stored as StoredSnapshot)
      // Pieces keep their own text: the row holds the whole, the log what was sent.
      if (part === null) {
        const refers = JSON.stringify({ ...own, content: { $snapshot: (stored as StoredSnapshot).seq } })
        event.line = event.line.slice(0, event.line.length - line.dataJson.length) + refers
      }
    }
  }
}

async function joinPieces(
  sessionId: string,
  event: PlannedEvent,
  type: string,
  own: Fields,
  pieces: Map<string, unknown[]>,
  reader: TypedRowReader,
): Promise<Fields | null> {
  const part = partOf(own) as NonNullable<ReturnType<typeof partOf>>
  const key = `${event.source}\t${type}\t${part.id}`
  // A first piece begins the text, also where an earlier attempt under the same id was never finished.
  const known = part.index === 0 ? [] : (pieces.get(key) ?? [])
  known.push(own)
  pieces.set(key, known)
  if (part.index < part.count - 1) return null
  pieces.delete(key)
  const missing = part.count - known.length
  const firstKnownSourceSeq = event.sourceSeq - known.length + 1
  const earlier =
    missing > 0
      ? await reader.earlierPieces(
          sessionId,
          event.source,
          firstKnownSourceSeq - missing,
          firstKnownSourceSeq - 1,
        )
      : []
  const all = [...earlier, ...known]
  // A piece that was refused leaves the text unknown, and unknown is not a shorter text [R13].
  const complete = all.length === part.count && all.every((piece, i) => isPiece(piece, part.id, i))
  return complete ? joinParts(type, all) : null
}

const isPiece = (data: unknown, id: string, index: number): boolean => {
  const part = partOf(data)
  return part !== null && part.id === id && part.index === index
}

function snapshot(data: Fields, previous: StoredSnapshot | null, stored: StoredSnapshot) {
  const { diff, linesAdded, linesDeleted } = diffLines(previous?.content ?? '', stored.content)
  const columnText = toColumnText(stored.content)
  return {
    file_name: toColumnText(String(data.fileName)),
    language: text(data.language),
    content_hash: stored.contentHash,
    full_content: columnText,
    content_original: columnText === stored.content ? null : stored.content,
    diff_from_previous: previous === null ? null : { fromSeq: previous.seq, lines: diff },
    lines_added: linesAdded,
    lines_deleted: linesDeleted,
  }
}

function interaction(data: Fields) {
  return {
    role: String(data.role),
    content: toColumnText(String(data.content)),
    model: text(data.model),
    input_tokens: number(data.inputTokens),
    output_tokens: number(data.outputTokens),
    latency: number(data.latency),
    prompt_quality: number(data.promptQuality),
  }
}

function testResult(data: Fields) {
  return {
    test_name: toColumnText(String(data.testName)),
    passed: data.passed === true,
    output: text(data.output),
    error: text(data.error),
    duration: number(data.duration),
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? toColumnText(value) : null)
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
