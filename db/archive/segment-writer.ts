import { createHash } from 'node:crypto'
import type { ArchiveObject, ArchiveSegment } from '../../protocol/archive-format.js'
import { workedAhead } from './ahead.js'
import { ArchiveError } from './errors.js'
import { packed, sha256Of } from './members.js'
import type { RowCodec } from './row-codecs.js'
import { RowsHash } from './rows-hash.js'

export interface SegmentLimits {
  maxEvents: number
  /** Before compression; a single longer row is a segment of its own. */
  maxRawBytes: number
}

/** Whichever comes first. Why these: docs/decisions/archive.md. */
export const SEGMENT_LIMITS: SegmentLimits = { maxEvents: 500, maxRawBytes: 64 * 1024 }
/** Of snapshots, each mostly the one before with little changed: the longer a segment, the smaller it is packed. */
export const SNAPSHOT_SEGMENT_LIMITS: SegmentLimits = { maxEvents: 2000, maxRawBytes: 256 * 1024 }

type Row = { seq: number; timestampMs: number; startsSegment?: boolean }

/** A segment that may take more rows. Rows are not held, or a page of large ones would be held twice. */
interface OpenSegment<R extends Row> {
  lines: string[]
  rawBytes: number
  firstSeq: number
  last: R
  firstMs: number
  lastMs: number
}

/** One that takes no more. Null for what an object without rows has in its place. */
interface ClosedSegment<R extends Row> {
  segment: OpenSegment<R> | null
  isLast: boolean
}

/** An object of an archive in the making; a few segments of it are in memory at a time. */
export interface SegmentWriter<R extends Row> {
  /** The object's bytes, one segment a chunk. To be read once. */
  segmentsOf(pages: AsyncIterable<R[]>): AsyncGenerator<Buffer>
  /** The object's index, once all segments were read. */
  index(): ArchiveObject
  /** SHA-256 of the canonical rows, to compare with what a reader decodes. */
  rowsSha256(): string
}

/**
 * INVARIANT: where segments end depends on the rows before alone, so writing a longer session again brings the
 * same bytes up to the last segment, and a reader with the older index finds all the others in their place.
 */
export function makeSegmentWriter<R extends Row>(
  codec: RowCodec<R>,
  limits: SegmentLimits,
): SegmentWriter<R> {
  const segments: ArchiveSegment[] = []
  const objectHash = createHash('sha256')
  const rowsHash = new RowsHash()
  let bytes = 0
  let count = 0

  const packedSegment = async ({ segment, isLast }: ClosedSegment<R>) => {
    const text = segment === null ? '[\n' : segment.lines.join('')
    return { segment, member: await packed(isLast ? `${text}]` : text) }
  }

  function place(segment: OpenSegment<R> | null, member: Buffer): void {
    if (segment !== null) {
      const { firstSeq, firstMs, lastMs } = segment
      const placed = { offset: bytes, length: member.length, firstSeq, lastSeq: segment.last.seq }
      segments.push({ ...placed, firstMs, lastMs, sha256: sha256Of(member) })
    }
    objectHash.update(member)
    bytes += member.length
  }

  const lineOf = (row: R, previous: R | null): string =>
    `${count === 0 ? '[' : ','}${codec.encode(row, previous)}\n`

  async function* closedSegments(pages: AsyncIterable<R[]>): AsyncGenerator<ClosedSegment<R>> {
    let open: OpenSegment<R> | null = null
    let lastSeq = 0
    for await (const page of pages) {
      for (const row of page) {
        if (!codec.follows(lastSeq, row.seq)) {
          throw new ArchiveError(
            'ARCHIVE_CORRUPT',
            `The rows to archive have seq ${row.seq} after ${lastSeq}.`,
          )
        }
        lastSeq = row.seq
        const line = lineOf(row, open?.last ?? null)
        if (open !== null && (row.startsSegment === true || !hasRoom(open, line, limits))) {
          // Only now, and not when it became full: the last segment must still be open for the bracket.
          yield { segment: open, isLast: false }
          open = null
        }
        open = open === null ? begun(row, lineOf(row, null)) : continued(open, row, line)
        count++
        rowsHash.add(codec.canonical(row))
      }
    }
    yield { segment: open, isLast: true }
  }

  async function* segmentsOf(pages: AsyncIterable<R[]>): AsyncGenerator<Buffer> {
    for await (const { segment, member } of workedAhead(closedSegments(pages), packedSegment)) {
      place(segment, member)
      yield member
    }
  }

  return {
    segmentsOf,
    index: () => ({ count, bytes, sha256: objectHash.copy().digest('hex'), segments }),
    rowsSha256: () => rowsHash.hex(),
  }
}

const begun = <R extends Row>(row: R, line: string): OpenSegment<R> => ({
  lines: [line],
  rawBytes: Buffer.byteLength(line),
  firstSeq: row.seq,
  last: row,
  firstMs: row.timestampMs,
  lastMs: row.timestampMs,
})

function continued<R extends Row>(segment: OpenSegment<R>, row: R, line: string): OpenSegment<R> {
  segment.lines.push(line)
  segment.rawBytes += Buffer.byteLength(line)
  segment.last = row
  segment.firstMs = Math.min(segment.firstMs, row.timestampMs)
  segment.lastMs = Math.max(segment.lastMs, row.timestampMs)
  return segment
}

const hasRoom = (segment: OpenSegment<Row>, line: string, limits: SegmentLimits): boolean =>
  segment.lines.length < limits.maxEvents && segment.rawBytes + Buffer.byteLength(line) <= limits.maxRawBytes
