import { archivableEvents, archivableSnapshots, countByType } from '../../db/archivable.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { writeRecording } from '../../db/archive/write-recording.js'
import type { Database } from '../../db/connect.js'
import { removeArchiveIfErased } from '../../db/erasure.js'
import type { Stores } from '../../db/read-events.js'
import { archivableRedactions } from '../../db/redactions.js'
import { restoreRows } from '../../db/restore-rows.js'
import { getSession, listSources, type SessionRow } from '../../db/sessions.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import { analyseSession } from './analyse-session.js'
import { archiveAnnotations } from './archive-annotations.js'
import { playerObjects } from './player-objects.js'

export interface ArchiveContext {
  db: Database
  archive: ArchiveStore
  /** Where the events to compute statistics from are read. */
  stores: Stores
  /** The statistics could not be computed: the archive is written without them. */
  onAnalysisFailed: (error: unknown) => void
  /** The keyframes could not be made: the archive is written without them. */
  onKeyframesFailed: (error: unknown) => void
}

/** Tries get rarer while a store stays away, and never end: the rows stay until there is an archive [I5, I6]. */
const MAX_RETRY_SEC = 300

/**
 * Writes, verifies and points to the archive of a closed session, where one is due. Running it again, or twice
 * at once, is harmless: a session is marked verified only for the generation that was written [I6, R12]. Rows that
 * were purged are put back first.
 * @throws ArchiveError or StoreError; the session stays pending with the reason in its row
 */
export async function archiveSession(context: ArchiveContext, sessionId: string): Promise<void> {
  const { db, archive } = context
  const { recordings } = context.stores
  let row = await getSession(db, sessionId)
  if (row === null) return removeArchiveIfErased({ db, recordings }, sessionId)
  if (row.status === 'ACTIVE') return
  if (row.archiveState === 'verified') return archiveAnnotations(context, sessionId)
  try {
    if (row.purgedThroughSeq > 0) {
      await restoreRows(db, recordings, sessionId)
      row = (await getSession(db, sessionId)) ?? row
    }
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
      stats: {
        ...(await statsOrNothing(context, row)),
        eventCount: row.eventCount,
        eventsByType: await countByType(db, sessionId),
      },
      redactions: await archivableRedactions(db, sessionId),
      events: archivableEvents(db, sessionId, row.eventCount),
      snapshots: archivableSnapshots(db, sessionId, row.eventCount),
      derived: playerObjects(context.onKeyframesFailed),
    })
    // Only for the generation that was written: late events may have made it outdated meanwhile.
    const { count } = await db.sql`
      update session_recordings set archive_state = 'verified', archive_error = null, archive_verified_at = now(),
        storage_path = ${written.storagePath}, storage_size = ${written.storageSizeBytes}
      where id = ${sessionId} and archive_generation = ${row.archiveGeneration} and erase_requested_at is null`
    // Erased while it was being written: what was put behind the erasure's back goes again [R14].
    if (count === 0) await removeArchiveIfErased({ db, recordings }, sessionId)
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? 'INTERNAL')
    await db.sql`
      update session_recordings set archive_error = ${code}, archive_attempts = archive_attempts + 1,
        archive_retry_at = now() + make_interval(secs => least(${MAX_RETRY_SEC}, power(2, least(archive_attempts, 20)))),
        archive_state = ${code === 'ARCHIVE_CORRUPT' ? 'failed' : 'pending'}
      where id = ${sessionId} and archive_generation = ${row.archiveGeneration} and archive_state <> 'verified'
        and erase_requested_at is null`
    if (code === 'ARCHIVE_SUPERSEDED') {
      // Frozen for long, this worker may have put older objects over those that its successor verified.
      await db.sql`
        update session_recordings
        set archive_state = 'pending', archive_generation = archive_generation + 1, archive_retry_at = null
        where id = ${sessionId} and archive_state = 'verified' and erase_requested_at is null`
    }
    await removeArchiveIfErased({ db, recordings }, sessionId)
    throw error
  }
  await archiveAnnotations(context, sessionId)
}

/** Numbers can be computed again at any time; they must never stand in the way of the recording [I7]. */
async function statsOrNothing(
  { stores, onAnalysisFailed }: ArchiveContext,
  row: SessionRow,
): Promise<Record<string, unknown>> {
  try {
    return await analyseSession(stores, row)
  } catch (error) {
    onAnalysisFailed(error)
    return {}
  }
}

/** Sessions whose archive, or its copy of the annotations, is due and not written. */
export async function archivesDue({ db }: Pick<ArchiveContext, 'db'>, limit: number): Promise<string[]> {
  const rows = await db.sql<{ id: string }[]>`
    select id from session_recordings
    where status <> 'ACTIVE' and archive_state in ('pending', 'failed') and erase_requested_at is null
      and coalesce(archive_retry_at, now()) <= now()
    order by archive_attempts, id limit ${limit}`
  // Two questions, each with an index of its own.
  const annotated = await db.sql<{ id: string }[]>`
    select id from session_recordings
    where annotation_count > archived_annotation_count and archive_state = 'verified' and erase_requested_at is null
      and coalesce(archive_retry_at, now()) <= now()
    order by id limit ${limit}`
  return [...rows, ...annotated].map((row) => row.id)
}
