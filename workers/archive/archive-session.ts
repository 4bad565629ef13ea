import { archivableEvents, archivableSnapshots, countByType } from '../../db/archivable.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { writeRecording } from '../../db/archive/write-recording.js'
import type { Database } from '../../db/connect.js'
import { getSession, listSources } from '../../db/sessions.js'
import { recordingPrefix } from '../../protocol/archive-format.js'

export interface ArchiveContext {
  db: Database
  archive: ArchiveStore
}

/** Tries get rarer while a store stays away, and never end: the rows stay until there is an archive [I5, I6]. */
const MAX_RETRY_SEC = 300

/**
 * Writes, verifies and points to the archive of a closed session, where one is due. Running it again, or twice
 * at once, is harmless: a session is marked verified only for the generation that was written [I6, R12].
 * @throws ArchiveError or StoreError; the session stays pending with the reason in its row
 */
export async function archiveSession({ db, archive }: ArchiveContext, sessionId: string): Promise<void> {
  const row = await getSession(db, sessionId)
  if (row === null || row.status === 'ACTIVE' || row.archiveState === 'verified') return
  try {
    const written = await writeRecording(archive, recordingPrefix(sessionId), {
      generation: row.archiveGeneration,
      session: {
        id: row.id,
        candidateId: row.candidateId,
        status: row.status,
        startTimeMs: row.startTime.getTime(),
        endTimeMs: row.endTime?.getTime() ?? null,
        durationSec: row.duration,
        eventCount: row.eventCount,
        question: row.question,
        timeLimit: row.timeLimit,
        metadata: row.metadata,
      },
      sources: (await listSources(db, sessionId)).map(({ committedSeq, ...source }) => source),
      stats: { eventCount: row.eventCount, eventsByType: await countByType(db, sessionId) },
      events: archivableEvents(db, sessionId, row.eventCount),
      snapshots: archivableSnapshots(db, sessionId, row.eventCount),
    })
    // Only for the generation that was written: late events may have made it outdated meanwhile.
    await db.sql`
      update session_recordings set archive_state = 'verified', archive_error = null,
        storage_path = ${written.storagePath}, storage_size = ${written.storageSizeBytes}
      where id = ${sessionId} and archive_generation = ${row.archiveGeneration}`
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? 'INTERNAL')
    await db.sql`
      update session_recordings set archive_error = ${code}, archive_attempts = archive_attempts + 1,
        archive_retry_at = now() + make_interval(secs => least(${MAX_RETRY_SEC}, power(2, least(archive_attempts, 20)))),
        archive_state = ${code === 'ARCHIVE_CORRUPT' ? 'failed' : 'pending'}
      where id = ${sessionId} and archive_generation = ${row.archiveGeneration}`
    if (code === 'ARCHIVE_SUPERSEDED') {
      // Frozen for long, this worker may have put older objects over those that its successor verified.
      await db.sql`
        update session_recordings
        set archive_state = 'pending', archive_generation = archive_generation + 1, archive_retry_at = null
        where id = ${sessionId} and archive_state = 'verified'`
    }
    throw error
  }
}

/** Sessions whose archive is due and not written. */
export async function archivesDue({ db }: Pick<ArchiveContext, 'db'>, limit: number): Promise<string[]> {
  const rows = await db.sql<{ id: string }[]>`
    select id from session_recordings
    where status <> 'ACTIVE' and archive_state in ('pending', 'failed')
      and coalesce(archive_retry_at, now()) <= now()
    order by archive_attempts, id limit ${limit}`
  return rows.map((row) => row.id)
}
