import { createHash } from 'node:crypto'
import { workedAhead } from './ahead.js'
import { ArchiveError } from './errors.js'
import { decoded, sha256Of, unpacked } from './members.js'
import type { WrittenObject } from './put-object.js'
import type { RowCodec } from './row-codecs.js'
import { RowsHash } from './rows-hash.js'
import type { ArchiveStore } from './store.js'

/** Of what is fetched at once, several segments mostly: a request each would be thousands. Two ranges may be in memory. */
const RANGE_BYTES = 1024 * 1024

/**
 * Reads an object back from the store and throws ARCHIVE_CORRUPT unless it is, byte for byte and row for row,
 * what was written: hashes of the whole and of each segment, the framing of each line, and the decoded rows
 * against the hash of those that went in. A few segments are in memory at a time.
 */
export async function verifyObject<Row extends { seq: number; timestampMs: number }>(
  store: ArchiveStore,
  key: string,
  written: WrittenObject,
  codec: RowCodec<Row>,
): Promise<void> {
  for await (const _ of readBack(store, key, written, codec));
}

/**
 * The same for those who have use for the rows: gives them a segment at a time, in order. INVARIANT: only when it has come to
 * its end are they known to be those that were written.
 *
 * Whoever takes them may pause for as long as they like: no answer of the store is open meanwhile, which would end it.
 */
export async function* readBack<Row extends { seq: number; timestampMs: number }, Decoded extends Row>(
  store: ArchiveStore,
  key: string,
  written: WrittenObject,
  codec: RowCodec<Row, Decoded>,
): AsyncGenerator<Decoded[]> {
  const { object } = written
  const mismatch = (how: string) => new ArchiveError('ARCHIVE_CORRUPT', `Read back, ${key} ${how}.`)
  const objectHash = createHash('sha256')
  const rowsHash = new RowsHash()
  // An object without rows has no segments, yet bytes.
  const lengths = object.segments.length === 0 ? [object.bytes] : object.segments.map((s) => s.length)
  let rowCount = 0
  let membersRead = 0
  const textOf = async (member: Buffer): Promise<string> => {
    const place = membersRead++
    const segment = object.segments[place]
    objectHash.update(member)
    if (segment !== undefined && sha256Of(member) !== segment.sha256) {
      throw mismatch(`has other bytes in segment ${place}`)
    }
    return unpacked(member, key)
  }
  let place = 0
  for await (const text of workedAhead(membersOf(store, key, lengths, mismatch), textOf)) {
    const segment = object.segments[place]
    const frame = { isFirst: place === 0, isLast: place === lengths.length - 1 }
    const rows: Decoded[] = []
    let seq = segment?.firstSeq ?? 1
    for (const line of linesOf(text, frame)) {
      if (line === null) throw mismatch(`is out of frame in segment ${place}`)
      const context = { seq: seq++, previous: rows.at(-1) ?? null }
      const row = decoded(key, () => codec.decode(line, context))
      rowsHash.add(codec.canonical(row))
      rows.push(row)
    }
    rowCount += rows.length
    place++
    yield rows
  }
  if (objectHash.digest('hex') !== object.sha256) throw mismatch('has other bytes')
  if (rowCount !== object.count) throw mismatch(`has ${rowCount} rows instead of ${object.count}`)
  if (rowsHash.hex() !== written.rowsSha256) throw mismatch('decodes to other rows')
}

/** The object in pieces of these lengths, which must be all of it. */
async function* membersOf(
  store: ArchiveStore,
  key: string,
  lengths: readonly number[],
  mismatch: (how: string) => ArchiveError,
): AsyncGenerator<Buffer> {
  let offset = 0
  for (let next = 0; next < lengths.length; ) {
    const range = rangeFrom(lengths, next)
    next += range.length
    const rangeBytes = range.reduce((sum, length) => sum + length, 0)
    // One more byte behind the last of them is asked for, and must not be there.
    const bytes = await store.getRange(key, offset, next < lengths.length ? rangeBytes : rangeBytes + 1)
    if (bytes === null) throw mismatch('is not there')
    if (bytes.length < rangeBytes) throw mismatch('has bytes too few')
    if (bytes.length > rangeBytes) throw mismatch('has bytes too many')
    let start = 0
    for (const length of range) {
      yield bytes.subarray(start, start + length)
      start += length
    }
    offset += rangeBytes
  }
}

/** The next lengths that come to RANGE_BYTES, or a single one that is longer. */
function rangeFrom(lengths: readonly number[], first: number): readonly number[] {
  let end = first
  for (let bytes = 0; end < lengths.length; end++) {
    bytes += lengths[end] ?? 0
    if (end > first && bytes > RANGE_BYTES) break
  }
  return lengths.slice(first, end)
}

/**
 * The JSON of each line, one at a time; null where brackets, commas and line ends are not in their places. All
 * lines at once would be thousands of strings that outlive the garbage collector's young generation.
 */
export function* linesOf(text: string, { isFirst, isLast }: { isFirst: boolean; isLast: boolean }) {
  const end = text.length - (isLast ? 1 : 0)
  if (text[end - 1] !== '\n' || (isLast && text[end] !== ']')) {
    yield null
    return
  }
  if (isFirst && isLast && text === '[\n]') return
  for (let start = 0; start < end; ) {
    const lineEnd = text.indexOf('\n', start)
    yield text[start] === (isFirst && start === 0 ? '[' : ',') ? text.slice(start + 1, lineEnd) : null
    start = lineEnd + 1
  }
}
