import type { ArchivableSnapshot } from '../protocol/archive-lines.js'
import { ArchiveError } from './archive/errors.js'
import type { Database } from './connect.js'
import { StoreError, toStoreError } from './errors.js'
import type { Stores } from './read-events.js'
import { type RowsHead, readHead } from './read-rows.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from './snapshot-rows.js'

/** Snapshots may move from store to store between our reads; then we look again. */
const READ_ATTEMPTS = 20
/** Of one query: each may be a megabyte. */
const CHUNK_ROWS = 16

/**
 * The stored snapshots of a session above `afterSeq` in seq order, from the archive and the rows as if they were one.
 * Ends at, and returns, the session's committed seq. Throws StoreError or ArchiveError.
 */
export async function* storedSnapshots(
  { db, recordings }: Stores,
  sessionId: string,
  afterSeq: number,
): AsyncGenerator<ArchivableSnapshot, number> {
  let doneSeq = afterSeq
  for (let attempts = 0; attempts < READ_ATTEMPTS; ) {
    const head = await readHead(db, sessionId)
    if (head === null) throw new StoreError('conflict', 'postgres', 'GONE')
    if (doneSeq >= head.throughSeq) return head.throughSeq
    if (doneSeq < head.purgedThroughSeq) {
      try {
        const reader = await recordings.open(head.storagePath ?? '', head.archiveGeneration)
        for await (const snapshot of reader.readSnapshots({ afterSeq: doneSeq })) {
          if (snapshot.seq > head.purgedThroughSeq) break
          yield snapshot
          doneSeq = snapshot.seq
        }
        doneSeq = head.purgedThroughSeq
      } catch (error) {
        if (!(await hasMoved(db, sessionId, head, error))) throw error
        attempts++
      }
    } else {
      const chunk = await readChunk(db, sessionId, doneSeq, head.throughSeq)
      if (chunk === null) attempts++
      else {
        yield* chunk
        doneSeq = chunk.length < CHUNK_ROWS ? head.throughSeq : (chunk.at(-1)?.seq ?? head.throughSeq)
      }
    }
  }
  throw new StoreError('conflict', 'postgres', 'MOVING')
}

/** Whether what an archive lacks is in rows again, or about to be written anew from them. */
async function hasMoved(db: Database, sessionId: string, before: RowsHead, error: unknown): Promise<boolean> {
  if (!(error instanceof ArchiveError) || error.code === 'ARCHIVE_UNAVAILABLE') return false
  const now = await readHead(db, sessionId)
  return (
    now === null ||
    now.purgedThroughSeq < before.purgedThroughSeq ||
    now.archiveGeneration !== before.archiveGeneration
  )
}

/** Null where rows above `afterSeq` were purged meanwhile. */
async function readChunk(
  db: Database,
  sessionId: string,
  afterSeq: number,
  throughSeq: number,
): Promise<ArchivableSnapshot[] | null> {
  const { sql } = db
  try {
    const rows = await sql<SnapshotEntry[]>`
      select ${snapshotColumns(sql)} from code_snapshots
      where session_id = ${sessionId} and seq > ${afterSeq} and seq <= ${throughSeq}
      order by seq limit ${CHUNK_ROWS}`
    // Asked afterwards: rows that were purged before it are known to be missing.
    const now = await readHead(db, sessionId)
    return now === null || now.purgedThroughSeq > afterSeq ? null : rows.map(archivableSnapshot)
  } catch (error) {
    throw toStoreError(error)
  }
}

/**
 * The snapshot up to `throughSeq` that a new one of the file is compared with: the source's own last one; where it
 * has none, the file's last of any source. Throws StoreError.
 */
export async function lastStoredSnapshot(
  { sql }: Database,
  sessionId: string,
  fileId: string,
  source: number,
  throughSeq: number,
): Promise<{ seq: number; source: number; content: string } | null> {
  try {
    const [row] = await sql<{ seq: string; source: number; content: string; original: string | null }[]>`
      select seq, source, full_content as content, content_original as original from code_snapshots
      where session_id = ${sessionId} and file_id = ${fileId} and seq <= ${throughSeq}
      order by (source = ${source}) desc, seq desc limit 1`
    if (!row) return null
    return { seq: Number(row.seq), source: row.source, content: row.original ?? row.content }
  } catch (error) {
    throw toStoreError(error)
  }
}
