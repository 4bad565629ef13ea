import { archivableEvents, archivableSnapshots, countByType } from '../../db/archivable.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import {
  type ArchiveAnalysis,
  type WrittenRecording,
  writeRecording,
} from '../../db/archive/write-recording.js'
import type { Database } from '../../db/connect.js'
import { removeArchiveIfErased } from '../../db/erasure.js'
import type { Signer } from '../../db/integrity/keys.js'
import { archivedSessionOf, insertSeal, type SessionSeal, sealOf } from '../../db/integrity/seals.js'
import type { Stores } from '../../db/read-events.js'
import { archivableRedactions } from '../../db/redactions.js'
import { restoreRows } from '../../db/restore-rows.js'
import { getSession, listSources, type SessionRow } from '../../db/sessions.js'
import { Slice } from '../../db/slices.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import { ClosedSessionAnalysis } from './analyse-session.js'
import { archiveAnnotations } from './archive-annotations.js'
import { playerObjects } from './player-objects.js'
import { openSessionChain } from './session-chain.js'

export interface ArchiveContext {
  db: Database
  archive: ArchiveStore
  /** Where the events to compute statistics from are read. */
  stores: Stores
  /** Signs what is written. */
  signer: Signer
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
    // Begun before the rows are read, so that what is stored is never of rows that a redaction has masked since.
    const analysis = await analysisUnlessItFails(context, row)
    const chain = await openSessionChain(db, row)
    const session = archivedSessionOf(row)
    const sources = (await listSources(db, sessionId)).map(({ committedSeq, ...source }) => source)
    const redactions = await archivableRedactions(db, sessionId)
    const written = await writeRecording(archive, recordingPrefix(sessionId), {
      generation: row.archiveGeneration,
      session,
      sources,
      stats: {
        eventCount: row.eventCount,
        eventsByType: await countByType(db, sessionId),
      },
      analysis,
      redactions,
      events: chain.eachEvent(archivableEvents(db, sessionId, row.eventCount)),
      snapshots: chain.eachSnapshot(archivableSnapshots(db, sessionId, row.eventCount)),
      ...(chain.integrity && {
        integrity: { ...chain.integrity, signedAtMs: Date.now(), signer: context.signer },
      }),
      derived: playerObjects(context.onKeyframesFailed),
    })
    // Rows that are not what the chain says make the session one in error, and the archive says so when it is written again.
    if (!chain.holds() && (await markBroken(db, row))) return archiveSession(context, sessionId)
    const seal =
      chain.integrity && sealOf(context.signer, { session, sources, redactions, head: chain.integrity.head })
    const isMarked = await markVerified(db, row, written, seal)
    // Erased while it was being written: what was put behind the erasure's back goes again [R14].
    if (!isMarked) await removeArchiveIfErased({ db, recordings }, sessionId)
  } catch (error) {
    const code = String((error as { code?: unknown }).code ?? 'INTERNAL')
    await db.sql`
      update session_recordings set archive_error = ${code}, archive_attempts = archive_attempts + 1,
        archive_retry_at = now() + make_interval(secs => least(${MAX_RETRY_SEC}, power(2, least(archive_attempts, 20)))),
        archive_state = ${code === 'ARCHIVE_CORRUPT' || code === 'ARCHIVE_AHEAD' ? 'failed' : 'pending'}
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

/**
 * Only for the generation that was written: late events may have made it outdated meanwhile. What is signed of the
 * session's row is kept beside it, for whoever verifies the rows.
 */
async function markVerified(
  db: Database,
  row: SessionRow,
  written: WrittenRecording,
  seal: SessionSeal | null,
): Promise<boolean> {
  return db.transact(async (tx) => {
    const { count } = await tx`
      update session_recordings set archive_state = 'verified', archive_error = null, archive_verified_at = now(),
        storage_path = ${written.storagePath}, storage_size = ${written.storageSizeBytes}
      where id = ${row.id} and archive_generation = ${row.archiveGeneration} and erase_requested_at is null`
    if (count === 1 && seal !== null) await insertSeal(tx, row.id, row.archiveGeneration, seal)
    return count === 1
  })
}

/**
 * [R17] Status ERROR where rows and chain disagree. Only for the rows that were compared: a redaction makes another
 * generation. False where it is known already, or the generation is another one.
 */
async function markBroken({ sql }: Database, row: SessionRow): Promise<boolean> {
  const { count } = await sql`
    update session_recordings
    set status = 'ERROR', archive_state = 'pending', archive_generation = archive_generation + 1
    where id = ${row.id} and archive_generation = ${row.archiveGeneration} and status <> 'ERROR'
      and erase_requested_at is null`
  return count === 1
}

/** Numbers can be computed again at any time; they must never stand in the way of the recording [I7]. */
async function analysisUnlessItFails(
  { stores, onAnalysisFailed }: ArchiveContext,
  row: SessionRow,
): Promise<ArchiveAnalysis> {
  const slice = new Slice()
  let analysis: ClosedSessionAnalysis | null = null
  const unlessItFails = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      analysis = null
      onAnalysisFailed(error)
      return otherwise
    }
  }
  analysis = await unlessItFails(() => ClosedSessionAnalysis.begin(stores, row), null)
  return {
    add: (events) =>
      unlessItFails(async () => {
        for (const event of events) {
          analysis?.add([event])
          if (slice.isOver) await slice.next()
        }
      }, undefined),
    stats: () => unlessItFails(async () => analysis?.finish() ?? {}, {}),
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
