import type { ArchiveMetadata } from '../../protocol/archive-format.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { ArchiveError, isArchiveError } from './errors.js'
import { readMetadata } from './read-metadata.js'
import { openRecording } from './read-recording.js'
import type { ArchiveStore } from './store.js'
import type { RecordingToArchive } from './write-recording.js'

type ToReplaceIt = Pick<RecordingToArchive, 'generation' | 'session'>

/**
 * The archive that a writing is about to replace. It is never replaced by something older: by a process that was frozen for
 * long, or by the rows of a database that was put back to an earlier state. A recording only grows: a redaction masks, a gap is
 * one event more, and an erasure takes the objects first. So its last event is, in all rows that are to replace it, at the same seq.
 */
export class InPlace {
  private constructor(
    private readonly prefix: string,
    private readonly last: Pick<ArchivableEvent, 'seq' | 'source' | 'sourceSeq' | 'timestampMs'>,
  ) {}

  /**
   * Null where nothing can be told: there is none, it has no events, or they can't be read. What is damaged stops nobody, as it
   * is about to be replaced. Throws as {@link refuseOlder}.
   */
  static async find(store: ArchiveStore, prefix: string, recording: ToReplaceIt): Promise<InPlace | null> {
    const lastSeq = (await refuseOlder(store, prefix, recording))?.session.eventCount ?? 0
    if (lastSeq === 0) return null
    const rows = await orNull(openRecording(store, prefix).then((reader) => reader.readEventRows(lastSeq)))
    const last = rows?.find(({ seq }) => seq === lastSeq)
    return last === undefined ? null : new InPlace(prefix, last)
  }

  /** Throws ARCHIVE_AHEAD where a row is not what the archive has last, at the same seq. */
  refuseOther({ seq, source, sourceSeq, timestampMs }: ArchivableEvent): void {
    const { last } = this
    if (seq !== last.seq) return
    if (source === last.source && sourceSeq === last.sourceSeq && timestampMs === last.timestampMs) return
    throw new ArchiveError('ARCHIVE_AHEAD', `${this.prefix} holds another event ${seq} than the rows.`)
  }
}

/**
 * The index of what is in place; null where there is none. Throws ArchiveErrors: ARCHIVE_SUPERSEDED where it is of a newer
 * generation, ARCHIVE_AHEAD where it has more events, ARCHIVE_UNAVAILABLE, ARCHIVE_UNSUPPORTED.
 */
export async function refuseOlder(
  store: ArchiveStore,
  prefix: string,
  { generation, session }: ToReplaceIt,
): Promise<ArchiveMetadata | null> {
  const found = await orNull(readMetadata(store, prefix))
  if (found === null) return null
  if (found.generation > generation) {
    const which = `generation ${found.generation}, newer than ${generation}`
    throw new ArchiveError('ARCHIVE_SUPERSEDED', `${prefix} holds ${which}.`)
  }
  if (found.session.eventCount > session.eventCount) {
    const which = `${found.session.eventCount} events, more than the ${session.eventCount} of the rows`
    throw new ArchiveError('ARCHIVE_AHEAD', `${prefix} holds ${which}.`)
  }
  return found
}

const orNull = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (isArchiveError(error, 'ARCHIVE_NOT_FOUND') || isArchiveError(error, 'ARCHIVE_CORRUPT')) return null
    throw error
  })
