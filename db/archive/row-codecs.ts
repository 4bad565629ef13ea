import {
  type ArchivableEvent,
  type ArchivableSnapshot,
  type ArchivedEvent,
  dataJsonOf,
  decodeEventLine,
  decodeSnapshotLine,
  encodeEventLine,
  encodeSnapshotLine,
  parseQuietly,
  snapshotSeqOf,
} from '../../protocol/archive-lines.js'
import { canonicalEvent } from '../../protocol/chain-lines.js'

/** How one kind of row becomes a line of an object and comes out again. */
export interface RowCodec<Row extends { seq: number; timestampMs: number }, Decoded extends Row = Row> {
  /** `previous` is the row before it in the same segment. */
  encode(row: Row, previous: Row | null): string
  decode(line: string, context: { seq: number; previous: Row | null }): Decoded
  /** All of a row in one text, the same for two rows only if they say the same. */
  canonical(row: Row): string
  /** Whether `seq` may follow `previousSeq`, which is 0 before the first. */
  follows(previousSeq: number, seq: number): boolean
}

/** A row of session_events as it comes out of an archive: its data as it is stored, and parsed. */
export type ArchivedRow = ArchivableEvent & ArchivedEvent

export const eventCodec: RowCodec<ArchivableEvent, ArchivedRow> = {
  encode: encodeEventLine,
  decode: (line, context) => {
    const event = decodeEventLine(parseQuietly(line), context)
    // The spread comes last: keys after one make V8 (of Node.js 20) build a hidden class per object, in memory
    // that only a full collection takes back.
    return { timestampMs: event.timestamp, dataJson: dataJsonOf(line), ...event }
  },
  canonical: canonicalEvent,
  follows: (previousSeq, seq) => seq === previousSeq + 1,
}

export const snapshotCodec: RowCodec<ArchivableSnapshot> = {
  encode: encodeSnapshotLine,
  decode: (line) => decodeSnapshotLine(parseQuietly(line)),
  canonical: (row) => `${encodeSnapshotLine(row)}\n`,
  follows: (previousSeq, seq) => seq > previousSeq,
}

/** A row that was made from the events, by its number (1, 2, 3…) and as the line that it becomes. */
export interface DerivedRow {
  seq: number
  timestampMs: number
  /** On one line, with `n` and `atMs` that say the same as the two above. */
  json: string
  startsSegment?: boolean
}

export const derivedCodec: RowCodec<DerivedRow> = {
  encode: (row) => row.json,
  decode: (line) => {
    const { n, atMs } = parseQuietly(line) as { n?: unknown; atMs?: unknown }
    if (typeof n !== 'number' || typeof atMs !== 'number') throw new Error('A derived line lacks n or atMs.')
    return { seq: n, timestampMs: atMs, json: line }
  },
  canonical: (row) => `${row.json}\n`,
  follows: (previousSeq, seq) => seq === previousSeq + 1,
}

/** The snapshot that a row of session_events refers to for its text, or null. */
export const snapshotSeqOfRow = (event: ArchivableEvent): number | null =>
  event.type === 'code_snapshot'
    ? snapshotSeqOf({ type: event.type, data: parseQuietly(event.dataJson) })
    : null
