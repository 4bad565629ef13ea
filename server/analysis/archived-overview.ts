import type { RecordingReader } from '../../db/archive/read-recording.js'
import type { Stores } from '../../db/read-events.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import type { ArchivedOverview } from '../../replay/index.js'

export interface ArchivedRecording {
  reader: RecordingReader
  archived: ArchivedOverview
}

/**
 * The archive of a session with what it says of the whole, where it is verified, has an overview, and holds all events
 * there are; null otherwise. Throws StoreError, ArchiveError.
 */
export async function archivedRecording(
  stores: Stores,
  sessionId: string,
): Promise<ArchivedRecording | null> {
  const row = await getSession(stores.db, sessionId)
  if (row === null || !isWhollyArchived(row)) return null
  // What is received and not committed is not in an archive.
  const head = await stores.buffer.head(sessionId, [])
  if (head !== null && head.headSeq > row.eventCount) return null
  const reader = await stores.recordings.open(row.storagePath ?? '', row.archiveGeneration)
  const line = await reader.readOverview()
  if (line === null) return null
  const archived = JSON.parse(line) as ArchivedOverview
  const isOfRow =
    archived.generation === row.archiveGeneration && archived.overview.eventCount === row.eventCount
  return isOfRow ? { reader, archived } : null
}

const isWhollyArchived = (row: SessionRow): boolean =>
  row.status !== 'ACTIVE' && row.archiveState === 'verified' && row.storagePath !== null
