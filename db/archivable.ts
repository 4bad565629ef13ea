import type postgres from 'postgres'
import type { ArchivableEvent, ArchivableSnapshot } from '../protocol/archive-lines.js'
import type { Database } from './connect.js'
import { StoreError, toStoreError } from './errors.js'
import { archivableEvent, type EventRow, eventColumns } from './event-rows.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from './snapshot-rows.js'

const EVENTS_PER_PAGE = 1000
const SNAPSHOTS_PER_PAGE = 50

/**
 * The rows of a session up to a seq, as an archive takes them, a page at a time.
 *
 * INVARIANT: each page, and the end, is read together with whether the session still has all its rows. An archive is
 * never written from the rest that a purge or an erasure has left: the put fails and the older object stays.
 * Throws StoreError, of kind conflict (PURGED) where rows went away meanwhile or before.
 */
export async function* archivableEvents(
  db: Database,
  sessionId: string,
  throughSeq: number,
): AsyncIterable<ArchivableEvent[]> {
  const { sql } = db
  const page = (after: number) => sql`
    select ${eventColumns(sql)} from session_events
    where session_id = ${sessionId} and seq > ${after} and seq <= ${throughSeq}
    order by seq limit ${EVENTS_PER_PAGE}`
  for await (const rows of wholePages<EventRow>(db, sessionId, page)) yield rows.map(archivableEvent)
}

/** The rows of code_snapshots, in the same way. */
export async function* archivableSnapshots(
  db: Database,
  sessionId: string,
  throughSeq: number,
): AsyncIterable<ArchivableSnapshot[]> {
  const { sql } = db
  const page = (after: number) => sql`
    select ${snapshotColumns(sql)} from code_snapshots
    where session_id = ${sessionId} and seq > ${after} and seq <= ${throughSeq}
    order by seq limit ${SNAPSHOTS_PER_PAGE}`
  for await (const rows of wholePages<SnapshotEntry>(db, sessionId, page)) yield rows.map(archivableSnapshot)
}

async function* wholePages<Row extends { seq: string }>(
  { sql }: Database,
  sessionId: string,
  pageAfter: (seq: number) => postgres.PendingQuery<postgres.Row[]>,
): AsyncGenerator<Row[]> {
  for (let after = 0; ; ) {
    const found = await query(
      () => sql<({ isWhole: boolean } & Omit<Row, 'seq'> & { seq: string | null })[]>`
        select r.purged_through_seq = 0 as "isWhole", p.* from session_recordings r
        left join lateral (${pageAfter(after)}) p on true
        where r.id = ${sessionId} and r.erase_requested_at is null order by p.seq`,
    )
    if (found.length === 0 || found.some((row) => !row.isWhole)) {
      throw new StoreError('conflict', 'postgres', 'PURGED')
    }
    const rows = found.filter((row) => row.seq !== null).map(({ isWhole, ...row }) => row as unknown as Row)
    if (rows.length === 0) return
    after = Number(rows.at(-1)?.seq)
    yield rows
  }
}

/** Counts that follow from the rows alone, for the archive's metadata. */
export async function countByType({ sql }: Database, sessionId: string): Promise<Record<string, number>> {
  const rows = await query(
    () => sql<{ type: string; count: string }[]>`
      select type, count(*) from session_events where session_id = ${sessionId} group by type order by type`,
  )
  return Object.fromEntries(rows.map((row) => [row.type, Number(row.count)]))
}

async function query<T>(run: () => PromiseLike<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw toStoreError(error)
  }
}
