import { isArchiveError } from '../../db/archive/errors.js'
import type { RecordingReader } from '../../db/archive/read-recording.js'
import type { Recordings } from '../../db/archive/recordings.js'
import { eventCodec, type RowCodec, snapshotCodec } from '../../db/archive/row-codecs.js'
import type { EventBuffer } from '../../db/buffer/event-buffer.js'
import type { Database, Sql, Tx } from '../../db/connect.js'
import { toStoreError } from '../../db/errors.js'
import { archivableEvent, type EventRow, eventColumns } from '../../db/event-rows.js'
import { readRows } from '../../db/read-rows.js'
import { snapshotSeqOfRow } from '../../db/row-json.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from '../../db/snapshot-rows.js'
import type { ArchivableSnapshot } from '../../protocol/archive-lines.js'
import { type ArchivedRange, archivedRange } from './archived-range.js'

export interface PurgeContext {
  db: Database
  buffer: EventBuffer
  recordings: Recordings
  clock: () => number
  closeGraceMs: number
  /**
   * Rows of a session stay so long after its close, its grace at least, and so long after its archive was written: a
   * worker that stood still in the middle of an older one may put that over it until then.
   */
  retainRowsMs: number
  /** So many of the last events of each session stay for ever. */
  retainLastEvents: number
}

interface Purgeable {
  generation: number
  storagePath: string
  purgedThroughSeq: number
  targetSeq: number
}

/** Of up to a megabyte each. */
const OLD_SNAPSHOTS_AT_ONCE = 8

/** Sessions that have rows to remove, the longest closed first. Throws StoreError. */
export async function purgeableSessions(context: PurgeContext, limit: number): Promise<string[]> {
  const { sql } = context.db
  const rows = await sql<{ id: string }[]>`
    select id from session_recordings
    where ${mayBePurged(sql, context)} and event_count - ${context.retainLastEvents} > purged_through_seq
    order by close_requested_at limit ${limit}`
  return rows.map((row) => row.id)
}

/**
 * Removes the rows of a closed session that its archive has word for word, but the last ones, in small transactions,
 * oldest first. It may die between any two lines and be run again, also beside itself.
 *
 * INVARIANT: what leaves PostgreSQL was read from the archive just before and is the same [I6]. One row that differs
 * rolls its range back and sends the whole session to be archived anew.
 * @returns how many events went. Throws StoreError, or ArchiveError where the archive is away.
 */
export async function purgeSession(
  context: PurgeContext,
  sessionId: string,
  signal?: AbortSignal,
): Promise<number> {
  const { db, buffer, recordings } = context
  // While Redis knows it, late events may be on their way [R12]; the sweep takes it out when its grace is over.
  if ((await buffer.meta(sessionId)) !== null) return 0
  const found = await find(context, db.sql, sessionId)
  if (found === null) return 0
  try {
    const reader = await recordings.openAnew(found.storagePath)
    if (reader.metadata.generation !== found.generation) throw new Mismatch()
    const keptSnapshots = await referredSnapshots(db, sessionId, found.targetSeq)
    // Gone, or purged further by a process with other settings.
    if (keptSnapshots === null) return 0
    if (!(await removeOldSnapshots(context, sessionId, found, reader, keptSnapshots))) return 0
    let doneSeq = found.purgedThroughSeq
    while (doneSeq < found.targetSeq && !signal?.aborted) {
      const range = await archivedRange(reader, doneSeq, found.targetSeq)
      if (range.throughSeq <= doneSeq) throw new Mismatch()
      const isRemoved = await removeRange(context, sessionId, found, doneSeq, range, keptSnapshots)
      if (!isRemoved) break
      doneSeq = range.throughSeq
    }
    return doneSeq - found.purgedThroughSeq
  } catch (error) {
    const isDamaged =
      error instanceof Mismatch ||
      isArchiveError(error, 'ARCHIVE_CORRUPT') ||
      isArchiveError(error, 'ARCHIVE_NOT_FOUND')
    if (!isDamaged) throw error
    await distrust(db, sessionId, found.generation)
    return 0
  }
}

/** The archive is not what the rows say. */
class Mismatch extends Error {
  readonly code = 'ARCHIVE_CORRUPT'
}

const mayBePurged = (sql: Sql | Tx, { clock, closeGraceMs, retainRowsMs }: PurgeContext) => sql`
  status <> 'ACTIVE' and archive_state = 'verified' and storage_path is not null and erase_requested_at is null
  and close_requested_at < ${new Date(clock() - Math.max(closeGraceMs, retainRowsMs))}
  and coalesce(archive_verified_at, start_time) <= now() - make_interval(secs => ${retainRowsMs / 1000}::float8)`

async function find(context: PurgeContext, sql: Sql | Tx, sessionId: string): Promise<Purgeable | null> {
  const [row] = await sql<{ generation: number; storagePath: string; purged: string; count: string }[]>`
    select archive_generation as generation, storage_path as "storagePath", purged_through_seq as purged,
      event_count as count
    from session_recordings where id = ${sessionId} and ${mayBePurged(sql, context)}`
  if (!row) return null
  const { generation, storagePath } = row
  const targetSeq = Number(row.count) - context.retainLastEvents
  return { generation, storagePath, purgedThroughSeq: Number(row.purged), targetSeq }
}

/** The snapshots that hold the texts of events which stay. */
async function referredSnapshots(
  db: Database,
  sessionId: string,
  targetSeq: number,
): Promise<number[] | null> {
  const referred = new Set<number>()
  let afterSeq = targetSeq
  const last = Number.MAX_SAFE_INTEGER
  while (afterSeq < last) {
    const place = { afterSeq, throughSeq: last, limit: 1000 }
    const chunk = await readRows(db, sessionId, { types: ['code_snapshot'] }, place)
    if (chunk === null) return null
    for (const row of chunk.rows) {
      const seq = snapshotSeqOfRow(row)
      if (seq !== null) referred.add(seq)
    }
    afterSeq = chunk.throughSeq
  }
  return [...referred]
}

/**
 * Removes snapshots of purged events that events which are to go now, or went under other settings, have kept.
 * False where the session is not as it was found any more.
 */
async function removeOldSnapshots(
  context: PurgeContext,
  sessionId: string,
  found: Purgeable,
  reader: RecordingReader,
  keptSnapshots: readonly number[],
): Promise<boolean> {
  const { sql } = context.db
  for (;;) {
    const old = await sql<{ seq: string }[]>`
      select seq from code_snapshots where session_id = ${sessionId} and seq <= ${found.purgedThroughSeq}
        and not (seq = any(${[...keptSnapshots]}::bigint[]))
      order by seq limit ${OLD_SNAPSHOTS_AT_ONCE}`
    if (old.length === 0) return true
    const seqs = old.map((row) => Number(row.seq))
    const archived: ArchivableSnapshot[] = []
    for (const seq of seqs) {
      for await (const snapshot of reader.readSnapshots({ afterSeq: seq - 1 })) {
        archived.push(snapshot)
        break
      }
    }
    const isRemoved = await underLock(context, sessionId, found, found.purgedThroughSeq, async (tx) => {
      const snapshots = await tx<SnapshotEntry[]>`
        delete from code_snapshots where session_id = ${sessionId} and seq = any(${seqs}::bigint[])
        returning ${snapshotColumns(tx)}`
      requireSame(snapshots.map(archivableSnapshot), archived, snapshotCodec)
    })
    if (!isRemoved) return false
  }
}

/** False where the session is not as it was found any more: nothing was removed. */
async function removeRange(
  context: PurgeContext,
  sessionId: string,
  found: Purgeable,
  afterSeq: number,
  range: ArchivedRange,
  keptSnapshots: readonly number[],
): Promise<boolean> {
  const { throughSeq } = range
  const kept = new Set(keptSnapshots)
  return underLock(context, sessionId, found, afterSeq, async (tx) => {
    const events = await tx<EventRow[]>`
      delete from session_events where session_id = ${sessionId} and seq > ${afterSeq} and seq <= ${throughSeq}
      returning ${eventColumns(tx)}`
    requireSame(events.map(archivableEvent), range.events, eventCodec)
    const snapshots = await tx<SnapshotEntry[]>`
      delete from code_snapshots where session_id = ${sessionId} and seq > ${afterSeq} and seq <= ${throughSeq}
        and not (seq = any(${[...keptSnapshots]}::bigint[]))
      returning ${snapshotColumns(tx)}`
    const archived = range.snapshots.filter((snapshot) => !kept.has(snapshot.seq))
    requireSame(snapshots.map(archivableSnapshot), archived, snapshotCodec)
    // Both follow from the events alone, and from the ratings, which stay: they are made again from these.
    await tx`delete from claude_interactions where session_id = ${sessionId} and seq <= ${throughSeq}`
    await tx`delete from test_results where session_id = ${sessionId} and seq <= ${throughSeq}`
    await tx`update session_recordings set purged_through_seq = ${throughSeq} where id = ${sessionId}`
  })
}

/** Runs `act` under the lock of the session's row; false where the session is not as it was found any more. */
function underLock(
  context: PurgeContext,
  sessionId: string,
  found: Purgeable,
  purgedThroughSeq: number,
  act: (tx: Tx) => Promise<void>,
): Promise<boolean> {
  return context.db
    .transact(async (tx) => {
      await tx`select 1 from session_recordings where id = ${sessionId} and erase_requested_at is null for update`
      const now = await find(context, tx, sessionId)
      if (now?.generation !== found.generation || now.purgedThroughSeq !== purgedThroughSeq) return false
      await act(tx)
      return true
    })
    .catch((error: unknown) => {
      throw error instanceof Mismatch ? error : toStoreError(error)
    })
}

function requireSame<Row extends { seq: number; timestampMs: number }>(
  rows: Row[],
  archived: readonly Row[],
  codec: RowCodec<Row>,
): void {
  rows.sort((a, b) => a.seq - b.seq)
  const isSame =
    rows.length === archived.length &&
    rows.every((row, i) => codec.canonical(row) === codec.canonical(archived[i] as Row))
  if (!isSame) throw new Mismatch()
}

/** Has the archive written again. What was purged on its word before stays purged: there is nothing else of it. */
async function distrust({ sql }: Database, sessionId: string, generation: number): Promise<void> {
  await sql`
    update session_recordings
    set archive_state = 'failed', archive_error = 'ARCHIVE_CORRUPT', archive_generation = archive_generation + 1,
      archive_attempts = 0, archive_retry_at = null
    where id = ${sessionId} and archive_generation = ${generation} and archive_state = 'verified'
      and erase_requested_at is null`
}
