import {
  type ArchiveMetadata,
  type ArchiveSegment,
  EVENTS_OBJECT,
  KEYFRAMES_OBJECT,
  OVERVIEW_OBJECT,
  SNAPSHOTS_OBJECT,
  segmentReaching,
} from '../../protocol/archive-format.js'
import {
  type ArchivableEvent,
  type ArchivableSnapshot,
  type ArchivedEvent,
  decodeEvents,
  decodeSnapshots,
  snapshotSeqOf,
} from '../../protocol/archive-lines.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { ArchiveError } from './errors.js'
import { decoded, sha256Of, unpacked } from './members.js'
import { readMetadata } from './read-metadata.js'
import { eventCodec } from './row-codecs.js'
import { SegmentCache } from './segment-cache.js'
import type { ArchiveStore } from './store.js'
import { linesOf } from './verify-object.js'

/** What one reader alone keeps: snapshots are mostly referred to soon after they were taken. */
const OWN_CACHE_CHARS = 4 * 1024 * 1024
/** Rows of a segment are an object each, beside their texts. */
const CHARS_PER_ROW = 200

interface Fetched {
  segment: ArchiveSegment
  text: string
  isFirst: boolean
  isLast: boolean
}

export interface ArchivedRange {
  /** Default: from the first one on. */
  afterSeq?: number
  throughSeq?: number
  /** At most so many events. */
  limit?: number
  /** Which ones; of the others no text is fetched. */
  matches?: (event: ArchivedEvent) => boolean
  /** Segments without an event in this time are not fetched. */
  fromMs?: number | undefined
  toMs?: number | undefined
}

/**
 * Opens the recording at `prefix` (the session's storage path). Throws ARCHIVE_NOT_FOUND where there is none.
 * All it reads later is fetched by byte range, a segment at a time, and checked against the segment's hash.
 * @param cache where unpacked segments are kept; one of the reader's own unless given
 */
export async function openRecording(
  store: ArchiveStore,
  prefix: string,
  cache: SegmentCache = new SegmentCache(OWN_CACHE_CHARS),
): Promise<RecordingReader> {
  return new RecordingReader(store, prefix, await readMetadata(store, prefix), cache)
}

/** Throws ARCHIVE_CORRUPT where the store holds other bytes than the index says, also by a fresh index. */
export class RecordingReader {
  readonly #store: ArchiveStore
  readonly #prefix: string
  readonly #cache: SegmentCache
  #metadata: ArchiveMetadata

  constructor(store: ArchiveStore, prefix: string, metadata: ArchiveMetadata, cache: SegmentCache) {
    this.#store = store
    this.#prefix = prefix
    this.#metadata = metadata
    this.#cache = cache
  }

  /** The index read last; a newer one where the archive was found to have been written anew. */
  get metadata(): ArchiveMetadata {
    return this.#metadata
  }

  /** The events of the segment at place `n`, from 0. Throws ARCHIVE_NOT_FOUND beyond the last. */
  async readSegment(n: number): Promise<RecordedEvent[]> {
    const segments = this.#metadata.objects[EVENTS_OBJECT].segments
    const segment = segments[n]
    const found = segment && (await this.#segmentReaching(EVENTS_OBJECT, segment.firstSeq))
    if (!found) {
      throw new ArchiveError('ARCHIVE_NOT_FOUND', `${this.#prefix} has ${segments.length} segments, no ${n}.`)
    }
    const events: RecordedEvent[] = []
    for (const event of this.#eventsOf(found)) events.push(await this.#asRecorded(event))
    return events
  }

  /** Events in seq order. */
  async *readEvents(range: ArchivedRange = {}): AsyncGenerator<RecordedEvent> {
    const { afterSeq = 0, throughSeq = Number.POSITIVE_INFINITY, matches = () => true } = range
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = range
    let nextSeq = Math.max(1, afterSeq + 1)
    let left = range.limit ?? Number.POSITIVE_INFINITY
    while (left > 0 && nextSeq <= throughSeq) {
      const { segments } = this.#metadata.objects[EVENTS_OBJECT]
      const segment = segments[segmentReaching(segments, nextSeq)]
      if (segment !== undefined && (segment.lastMs < fromMs || segment.firstMs > toMs)) {
        nextSeq = segment.lastSeq + 1
        continue
      }
      const found = await this.#segmentReaching(EVENTS_OBJECT, nextSeq)
      if (found === null) return
      for (const event of this.#eventsOf(found)) {
        if (event.seq < nextSeq || !matches(event)) continue
        if (event.seq > throughSeq) return
        yield await this.#asRecorded(event)
        if (--left <= 0) return
      }
      nextSeq = found.segment.lastSeq + 1
    }
  }

  /**
   * The rows of session_events that the segment with `seq` was made from, exactly as they were, or those of the next
   * one after it; null behind the last.
   */
  async readEventRows(seq: number): Promise<ArchivableEvent[] | null> {
    const found = await this.#segmentReaching(EVENTS_OBJECT, seq)
    if (found === null) return null
    const key = `${this.#prefix}/${EVENTS_OBJECT}`
    const rows: ArchivableEvent[] = []
    for (const line of linesOf(found.text, found)) {
      if (line === null) throw new ArchiveError('ARCHIVE_CORRUPT', `${key} is out of frame at seq ${seq}.`)
      const context = { seq: found.segment.firstSeq + rows.length, previous: rows.at(-1) ?? null }
      rows.push(decoded(key, () => eventCodec.decode(line, context)))
    }
    return rows
  }

  /** The rows of code_snapshots, in seq order. */
  async *readSnapshots({ afterSeq = 0 } = {}): AsyncGenerator<ArchivableSnapshot> {
    let nextSeq = Math.max(1, afterSeq + 1)
    for (;;) {
      const found = await this.#segmentReaching(SNAPSHOTS_OBJECT, nextSeq)
      if (found === null) return
      for (const row of this.#snapshotsOf(found)) if (row.seq >= nextSeq) yield row
      nextSeq = found.segment.lastSeq + 1
    }
  }

  /** The text of the snapshot that the event `seq` brought. */
  async snapshotText(seq: number): Promise<string> {
    const found = await this.#segmentReaching(SNAPSHOTS_OBJECT, seq)
    const row = found && this.#snapshotsOf(found).find((candidate) => candidate.seq === seq)
    if (!row) throw new ArchiveError('ARCHIVE_CORRUPT', `${this.#prefix} lacks the snapshot of event ${seq}.`)
    return row.content
  }

  /** The lines of the run of keyframes that the one with this number (from 1) is in, or of the next one; null behind the last. */
  async readKeyframes(n: number): Promise<string[] | null> {
    return this.#derivedLines(KEYFRAMES_OBJECT, n)
  }

  /** The line of the overview; null in an archive that has none. */
  async readOverview(): Promise<string | null> {
    return (await this.#derivedLines(OVERVIEW_OBJECT, 1))?.[0] ?? null
  }

  /** Bytes of the keyframes as they are stored, fewer where they end; null in an archive that has none. */
  async keyframeBytes(offset: number, length: number): Promise<Buffer | null> {
    if (this.#metadata.objects[KEYFRAMES_OBJECT] === undefined) return null
    return this.#store.getRange(`${this.#prefix}/${KEYFRAMES_OBJECT}`, offset, length)
  }

  async #derivedLines(object: string, n: number): Promise<string[] | null> {
    const found = await this.#segmentReaching(object, n)
    if (found === null) return null
    const lines: string[] = []
    for (const line of linesOf(found.text, found)) {
      if (line === null)
        throw new ArchiveError('ARCHIVE_CORRUPT', `${this.#prefix}/${object} is out of frame.`)
      lines.push(line)
    }
    return lines
  }

  /** As every other way of reading a session gives it: the text in its place, the receive time left out. */
  async #asRecorded({ receivedAtMs: _internal, ...event }: ArchivedEvent): Promise<RecordedEvent> {
    const snapshotSeq = snapshotSeqOf(event)
    if (snapshotSeq === null) return event
    return { ...event, data: { ...(event.data as object), content: await this.snapshotText(snapshotSeq) } }
  }

  /** Decoded anew each time: whoever gets events may do with them what they like. */
  #eventsOf({ segment, text }: Fetched): ArchivedEvent[] {
    return decoded(`${this.#prefix}/${EVENTS_OBJECT}`, () => decodeEvents(text, segment.firstSeq))
  }

  #snapshotsOf({ segment, text }: Fetched): ArchivableSnapshot[] {
    const key = `${this.#prefix}/${SNAPSHOTS_OBJECT}`
    const cacheKey = `${key} rows ${segment.sha256}`
    const known = this.#cache.get<ArchivableSnapshot[]>(cacheKey)
    if (known !== undefined) return known
    const rows = decoded(key, () => decodeSnapshots(text))
    this.#cache.put(cacheKey, rows, text.length + rows.length * CHARS_PER_ROW)
    return rows
  }

  /**
   * The segment that holds `seq`, or the next one after it, unpacked; null where all end before. Where its bytes
   * are not what the index says, the archive may just have been written anew: the index is read again, once.
   */
  async #segmentReaching(object: string, seq: number): Promise<Fetched | null> {
    const key = `${this.#prefix}/${object}`
    for (const isRetry of [false, true]) {
      if (isRetry) this.#metadata = await readMetadata(this.#store, this.#prefix)
      const { segments = [] } = this.#metadata.objects[object] ?? {}
      const place = segmentReaching(segments, seq)
      const segment = segments[place]
      if (segment === undefined) return null
      const frame = { segment, isFirst: place === 0, isLast: place === segments.length - 1 }
      const cacheKey = `${key} text ${segment.sha256}`
      const known = this.#cache.get<string>(cacheKey)
      if (known !== undefined) return { ...frame, text: known }
      const member = await this.#store.getRange(key, segment.offset, segment.length)
      if (member === null || sha256Of(member) !== segment.sha256) continue
      const text = await unpacked(member, key)
      this.#cache.put(cacheKey, text, text.length)
      return { ...frame, text }
    }
    throw new ArchiveError('ARCHIVE_CORRUPT', `${key} does not match metadata.json around seq ${seq}.`)
  }
}
