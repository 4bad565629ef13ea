import type { ArchiveSegment } from '../../protocol/archive-format.js'
import { snapshotSeqOf } from '../../protocol/archive-lines.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { RecordingReader } from './read-recording.js'
import type { ArchivedRow } from './row-codecs.js'

/** The events of an archive, a segment at a time. */
export interface EventSegments {
  readonly segments: readonly ArchiveSegment[]
  /** Those of the segment at place `n`, from 0. Throws ArchiveError. */
  readSegment(n: number): Promise<RecordedEvent[]>
}

/**
 * The events of an archive that is being read back, for those who make something of them: so they are fetched, unpacked and
 * parsed once for all. Whoever wants them in another order than that of the archive has some read by themselves.
 */
export class EventsReadBack implements EventSegments {
  /** The next segment to be read back. */
  #next = 0
  /** Segments from there on that were asked for before their turn. */
  readonly #givenBefore = new Set<number>()
  #failure: { error: unknown } | null = null

  /**
   * @param rows of each segment, verified as they are asked for
   * @param reader of the same objects
   * @param onEvents is given all events, in seq order, and waited for
   */
  constructor(
    readonly segments: readonly ArchiveSegment[],
    private readonly rows: AsyncIterator<readonly ArchivedRow[]>,
    private readonly reader: RecordingReader,
    private readonly onEvents: (events: readonly RecordedEvent[]) => Promise<void>,
  ) {}

  async readSegment(n: number): Promise<RecordedEvent[]> {
    while (this.#next < n && this.#givenBefore.delete(this.#next)) await this.#readNext()
    if (n === this.#next) return (await this.#readNext()) ?? []
    if (n > this.#next) this.#givenBefore.add(n)
    return this.reader.readSegment(n)
  }

  /** Reads back what nobody asked for. Throws ARCHIVE_CORRUPT unless all is what was written. */
  async readRest(): Promise<void> {
    while ((await this.#readNext()) !== null);
  }

  /** INVARIANT: where one segment fails there is no next one, also for who passed over the failure of what was made of it. */
  async #readNext(): Promise<RecordedEvent[] | null> {
    if (this.#failure !== null) throw this.#failure.error
    try {
      const { value: rows, done } = await this.rows.next()
      if (done) return null
      this.#next++
      const events: RecordedEvent[] = []
      for (const row of rows) {
        const seq = snapshotSeqOf(row)
        events.push(recordedOf(row, seq === null ? null : await this.reader.snapshotText(seq)))
      }
      await this.onEvents(events)
      return events
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }
}

/** As every way of reading a session gives an event. What of a row is left out would keep the whole segment's text alive. */
function recordedOf(row: ArchivedRow, text: string | null): RecordedEvent {
  const { seq, type, timestamp, fileId, checkpoint, source, sourceSeq } = row
  const data = text === null ? row.data : { ...(row.data as object), content: text }
  const event: RecordedEvent = { seq, type, timestamp, data, fileId, checkpoint, source, sourceSeq }
  if (row.rawTimestamp !== undefined) event.rawTimestamp = row.rawTimestamp
  if (row.flags !== undefined) event.flags = row.flags
  if (row.replaces !== undefined) event.replaces = row.replaces
  if (row.original !== undefined) event.original = row.original
  return event
}
