import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { ArchiveError, isArchiveError } from './errors.js'
import { readMetadata } from './read-metadata.js'
import { openRecording } from './read-recording.js'
import type { ArchiveStore } from './store.js'
import type { RecordingToArchive } from './write-recording.js'

/**
 * The archive that a writing is about to replace. It is never replaced by something older: by a process that was frozen for
 * long, or by the rows of a database that was put back to an earlier state. A recording only grows: a redaction masks, a gap is
 * one event more, and an erasure takes the objects first. So its last event is, in all rows that are to replace it, at the same seq.
 */
export class InPlace {
  private constructor(
    private readonly prefix: string,
    private readonly generation: number,
    private readonly eventCount: number,
    /** Null where there are no events, or they can't be read: what is damaged stops nobody, as it is about to be replaced. */
    private readonly last: Pick<ArchivableEvent, 'seq' | 'source' | 'sourceSeq' | 'timestampMs'> | null,
  ) {}

  /** Null where there is none. Throws ArchiveErrors: ARCHIVE_UNAVAILABLE, ARCHIVE_UNSUPPORTED. */
  static async find(store: ArchiveStore, prefix: string): Promise<InPlace | null> {
    const metadata = await orNull(readMetadata(store, prefix))
    if (metadata === null) return null
    const { generation, session } = metadata
    const { eventCount } = session
    const rows =
      eventCount === 0
        ? null
        : await orNull(openRecording(store, prefix).then((reader) => reader.readEventRows(eventCount)))
    return new InPlace(prefix, generation, eventCount, rows?.find(({ seq }) => seq === eventCount) ?? null)
  }

  /** Throws ARCHIVE_SUPERSEDED, or ARCHIVE_AHEAD. */
  refuseOlder({ generation, session }: Pick<RecordingToArchive, 'generation' | 'session'>): void {
    if (this.generation > generation) {
      const which = `generation ${this.generation}, newer than ${generation}`
      throw new ArchiveError('ARCHIVE_SUPERSEDED', `${this.prefix} holds ${which}.`)
    }
    if (this.eventCount > session.eventCount) {
      const which = `${this.eventCount} events, more than the ${session.eventCount} of the rows`
      throw new ArchiveError('ARCHIVE_AHEAD', `${this.prefix} holds ${which}.`)
    }
  }

  /** Throws ARCHIVE_AHEAD where a row is not what the archive has last, at the same seq. */
  refuseOther({ seq, source, sourceSeq, timestampMs }: ArchivableEvent): void {
    const { last } = this
    if (last === null || seq !== last.seq) return
    if (source === last.source && sourceSeq === last.sourceSeq && timestampMs === last.timestampMs) return
    throw new ArchiveError('ARCHIVE_AHEAD', `${this.prefix} holds another event ${seq} than the rows.`)
  }
}

const orNull = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (isArchiveError(error, 'ARCHIVE_NOT_FOUND') || isArchiveError(error, 'ARCHIVE_CORRUPT')) return null
    throw error
  })
