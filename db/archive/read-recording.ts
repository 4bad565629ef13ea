import {
  type ArchiveMetadata,
  type ArchiveSegment,
  EVENTS_OBJECT,
  SNAPSHOTS_OBJECT,
  segmentReaching,
} from '../../protocol/archive-format.js'
import {
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
import type { ArchiveStore } from './store.js'

/** Snapshots are mostly referred to soon after they were taken, so a few segments of them are kept decoded. */
const SNAPSHOT_SEGMENTS_KEPT = 4

interface Decoded<Row> {
  segment: ArchiveSegment
  rows: Row[]
}

/**
 * Opens the recording at `prefix` (the session's storage path). Throws ARCHIVE_NOT_FOUND where there is none.
 * All it reads later is fetched by byte range, a segment at a time, and checked against the segment's hash.
 */
export async function openRecording(store: ArchiveStore, prefix: string): Promise<RecordingReader> {
  return new RecordingReader(store, prefix, await readMetadata(store, prefix))
}

/** Throws ARCHIVE_CORRUPT where the store holds other bytes than the index says, also by a fresh index. */
export class RecordingReader {
  readonly #store: ArchiveStore
  readonly #prefix: string
  #metadata: ArchiveMetadata
  #snapshots: Decoded<ArchivableSnapshot>[] = []

  constructor(store: ArchiveStore, prefix: string, metadata: ArchiveMetadata) {
    this.#store = store
    this.#prefix = prefix
    this.#metadata = metadata
  }

  /** The index read last; a newer one where the archive was found to have been written anew. */
  get metadata(): ArchiveMetadata {
    return this.#metadata
  }

  /** The events of the segment at place `n`, from 0. Throws ARCHIVE_NOT_FOUND beyond the last. */
  async readSegment(n: number): Promise<RecordedEvent[]> {
    const segments = this.#metadata.objects[EVENTS_OBJECT].segments
    const segment = segments[n]
    const found = segment && (await this.#eventsAt(segment.firstSeq))
    if (!found) {
      throw new ArchiveError('ARCHIVE_NOT_FOUND', `${this.#prefix} has ${segments.length} segments, no ${n}.`)
    }
    const events: RecordedEvent[] = []
    for (const event of found.rows) events.push(await this.#asRecorded(event))
    return events
  }

  /** Events in seq order, at most `limit`, from the one after `afterSeq` on. */
  async *readEvents({ afterSeq = 0, limit = Number.POSITIVE_INFINITY } = {}): AsyncGenerator<RecordedEvent> {
    let nextSeq = Math.max(1, afterSeq + 1)
    let left = limit
    while (left > 0) {
      const found = await this.#eventsAt(nextSeq)
      if (found === null) return
      for (const event of found.rows) {
        if (event.seq < nextSeq) continue
        yield await this.#asRecorded(event)
        if (--left <= 0) return
      }
      nextSeq = found.segment.lastSeq + 1
    }
  }

  /** The rows of code_snapshots, in seq order. */
  async *readSnapshots(): AsyncGenerator<ArchivableSnapshot> {
    let nextSeq = 1
    for (;;) {
      const found = await this.#snapshotsAt(nextSeq)
      if (found === null) return
      for (const row of found.rows) if (row.seq >= nextSeq) yield row
      nextSeq = found.segment.lastSeq + 1
    }
  }

  /** As every other way of reading a session gives it: the text in its place, the receive time left out. */
  async #asRecorded({ receivedAtMs: _internal, ...event }: ArchivedEvent): Promise<RecordedEvent> {
    const snapshotSeq = snapshotSeqOf(event)
    if (snapshotSeq === null) return event
    return { ...event, data: { ...(event.data as object), content: await this.#snapshotText(snapshotSeq) } }
  }

  async #snapshotText(seq: number): Promise<string> {
    let found =
      this.#snapshots.find(({ segment }) => segment.firstSeq <= seq && seq <= segment.lastSeq) ?? null
    if (found === null) {
      found = await this.#snapshotsAt(seq)
      if (found !== null) this.#snapshots = [found, ...this.#snapshots].slice(0, SNAPSHOT_SEGMENTS_KEPT)
    }
    const row = found?.rows.find((candidate) => candidate.seq === seq)
    if (row === undefined) {
      throw new ArchiveError('ARCHIVE_CORRUPT', `${this.#prefix} lacks the snapshot of event ${seq}.`)
    }
    return row.content
  }

  #eventsAt(seq: number): Promise<Decoded<ArchivedEvent> | null> {
    return this.#segmentReaching(EVENTS_OBJECT, seq, decodeEvents)
  }

  #snapshotsAt(seq: number): Promise<Decoded<ArchivableSnapshot> | null> {
    return this.#segmentReaching(SNAPSHOTS_OBJECT, seq, decodeSnapshots)
  }

  /**
   * The segment that holds `seq`, or the next one after it, decoded; null where all end before. Where its bytes
   * are not what the index says, the archive may just have been written anew: the index is read again, once.
   */
  async #segmentReaching<Row>(
    object: typeof EVENTS_OBJECT | typeof SNAPSHOTS_OBJECT,
    seq: number,
    decode: (text: string, firstSeq: number) => Row[],
  ): Promise<Decoded<Row> | null> {
    const key = `${this.#prefix}/${object}`
    for (const isRetry of [false, true]) {
      if (isRetry) this.#metadata = await readMetadata(this.#store, this.#prefix)
      const { segments } = this.#metadata.objects[object]
      const segment = segments[segmentReaching(segments, seq)]
      if (segment === undefined) return null
      const member = await this.#store.getRange(key, segment.offset, segment.length)
      if (member === null || sha256Of(member) !== segment.sha256) continue
      const text = await unpacked(member, key)
      return { segment, rows: decoded(key, () => decode(text, segment.firstSeq)) }
    }
    throw new ArchiveError('ARCHIVE_CORRUPT', `${key} does not match metadata.json around seq ${seq}.`)
  }
}
