import { isArchiveError } from '../../db/archive/errors.js'
import { readMetadata } from '../../db/archive/read-metadata.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { SessionRow } from '../../db/sessions.js'
import { EVENTS_OBJECT, SNAPSHOTS_OBJECT } from '../../protocol/archive-format.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'
import { archivedEvents, archivedSnapshots } from './archive-objects.js'
import type { Report } from './verdict.js'
import { NoRecording } from './verify-archive.js'

/** What of a session lives in its archive alone. */
export interface PurgedRows {
  events(): AsyncIterable<ArchivableEvent>
  snapshots(): AsyncIterable<ArchivableSnapshot>
}

/** Throws NoRecording where nobody has said where the archive is, ArchiveError where it is away. */
export async function purgedRows(
  report: Report,
  archive: ArchiveStore | null,
  { purgedThroughSeq, storagePath }: SessionRow,
): Promise<PurgedRows> {
  if (purgedThroughSeq === 0) return NOTHING
  if (archive === null) {
    throw new NoRecording(`Events 1–${purgedThroughSeq} live in the archive alone: set ARCHIVE_URL.`)
  }
  const place = { store: archive, prefix: storagePath ?? '' }
  try {
    const { objects } = await readMetadata(archive, place.prefix)
    return {
      events: () => upTo(purgedThroughSeq, archivedEvents(place, EVENTS_OBJECT, objects[EVENTS_OBJECT])),
      snapshots: () =>
        upTo(purgedThroughSeq, archivedSnapshots(report, place, SNAPSHOTS_OBJECT, objects[SNAPSHOTS_OBJECT])),
    }
  } catch (error) {
    if (isArchiveError(error, 'ARCHIVE_UNAVAILABLE')) throw error
    const text = `Events 1–${purgedThroughSeq} live in the archive alone, and it can't be read.`
    report.add({ what: 'object', how: 'removed', text })
    return NOTHING
  }
}

async function* nothing() {}
const NOTHING: PurgedRows = { events: nothing, snapshots: nothing }

async function* upTo<Row extends { seq: number }>(throughSeq: number, rows: AsyncIterable<Row>) {
  for await (const row of rows) {
    if (row.seq > throughSeq) return
    yield row
  }
}
