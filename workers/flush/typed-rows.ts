import { decodeEventLine } from '../../db/buffer/event-line.js'
import { hashText, toColumnText } from '../../db/text.js'
import {
  contentColumns,
  interactionColumns,
  type SnapshotRow,
  type TypedRows,
  testResultColumns,
  textColumn,
} from '../../db/typed-rows.js'
import { MAX_FILE_ID_CHARS } from '../../protocol/limits.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import { SnapshotChain, snapshotChange } from '../../replay/snapshot-chain.js'
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
  /** The data of events of one source and type that are committed already, in order. */
  earlierPieces(
    sessionId: string,
    source: number,
    fromSourceSeq: number,
    toSourceSeq: number,
    type: string,
  ): Promise<unknown[]>
}

type Fields = Record<string, unknown>

const TYPED = /^(code_snapshot|ai_interaction|test_result)\t/

/** Whether an event has a row of its own kind besides the one in the log; decided without parsing it. */
export const hasTypedRow = (line: string): boolean => TYPED.test(line)

export const isSnapshot = (line: string): boolean => line.startsWith('code_snapshot\t')

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
  const chain = new SnapshotChain<StoredSnapshot>((fileId, source) =>
    reader.lastSnapshot(sessionId, fileId, source),
  )
  const pieces = new Map<string, Piece[]>()
  for (const event of events) {
    if (!hasTypedRow(event.line)) continue
    const line = decodeEventLine(event.line)
    const own = JSON.parse(line.dataJson) as Fields
    const part = partOf(own)
    const whole = part === null ? own : await joinPieces(sessionId, event, line.type, own, pieces, reader)
    if (whole === null) continue
    const place = { session_id: sessionId, seq: event.seq, timestamp: new Date(line.timestampMs) }
    if (line.type === 'ai_interaction') rows.interactions.push({ ...place, ...interactionColumns(whole) })
    else if (line.type === 'test_result') rows.testResults.push({ ...place, ...testResultColumns(whole) })
    else {
      // A name that stands in for a path is cut to what the index can hold.
      const fileId = toColumnText(line.fileId ?? String(whole.fileName).slice(0, MAX_FILE_ID_CHARS))
      const previous = await chain.previous(fileId, event.source)
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
        chain.stored(fileId, stored)
      }
      // Pieces keep their own text: the row holds the whole, the log what was sent.
      if (part === null) {
        const refers = JSON.stringify({ ...own, content: { $snapshot: (stored as StoredSnapshot).seq } })
        event.line = event.line.slice(0, event.line.length - line.dataJson.length) + refers
      }
    }
  }
}

interface Piece {
  sourceSeq: number
  data: unknown
}

async function joinPieces(
  sessionId: string,
  event: PlannedEvent,
  type: string,
  own: Fields,
  pieces: Map<string, Piece[]>,
  reader: TypedRowReader,
): Promise<Fields | null> {
  const part = partOf(own) as NonNullable<ReturnType<typeof partOf>>
  const key = `${event.source}\t${type}\t${part.id}`
  // A first piece begins the text, also where an earlier attempt under the same id was never finished.
  let known = part.index === 0 ? [] : (pieces.get(key) ?? [])
  // Pieces follow each other directly [R7]. Where they don't, no flush may join what another one would not: a row
  // that is rebuilt from the log must come out the same.
  if (known.length > 0 && known.at(-1)?.sourceSeq !== event.sourceSeq - 1) known = []
  known.push({ sourceSeq: event.sourceSeq, data: own })
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
          type,
        )
      : []
  const all = [...earlier, ...known.map((piece) => piece.data)]
  // A piece that was refused leaves the text unknown, and unknown is not a shorter text [R13].
  const complete = all.length === part.count && all.every((piece, i) => isPiece(piece, part.id, i))
  return complete ? joinParts(type, all) : null
}

const isPiece = (data: unknown, id: string, index: number): boolean => {
  const part = partOf(data)
  return part !== null && part.id === id && part.index === index
}

function snapshot(
  data: Fields,
  previous: StoredSnapshot | null,
  stored: StoredSnapshot,
): Omit<SnapshotRow, 'session_id' | 'seq' | 'source' | 'file_id' | 'timestamp'> {
  const change = snapshotChange(previous, stored.content, data.previousContent)
  return {
    file_name: toColumnText(String(data.fileName)),
    language: textColumn(data.language),
    content_hash: stored.contentHash,
    ...contentColumns(stored.content),
    diff_from_previous: change.diffFromPrevious,
    lines_added: change.linesAdded,
    lines_deleted: change.linesDeleted,
  }
}
