import type postgres from 'postgres'
import type { ArchivableEvent, ArchivableSnapshot } from '../protocol/archive-lines.js'
import type { Database } from './connect.js'
import { StoreError, statement } from './errors.js'
import { eventsOfText, eventsText } from './row-text.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from './snapshot-rows.js'

/** Whichever comes first, but one row at least. */
const EVENTS_PER_PAGE = 1000
const BYTES_PER_PAGE = 4 * 1024 * 1024
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
  const pageAfter = async (after: number) => {
    const [page] = await wholePage<{ seq: string | null; text: string | null }>(
      db,
      sessionId,
      sql`
        select max(seq) as seq, ${eventsText(sql)} as text from (
          select e.*, row_number() over (order by seq) as place,
            sum(octet_length(data::text)) over (order by seq rows unbounded preceding) as bytes
          from (
            select * from session_events
            where session_id = ${sessionId} and seq > ${after} and seq <= ${throughSeq}
            order by seq limit ${EVENTS_PER_PAGE}
          ) e
        ) sized where place = 1 or bytes <= ${BYTES_PER_PAGE}`,
    )
    return page
  }
  for (let next = pageAfter(0); ; ) {
    const page = await next
    if (page?.text == null) return
    // PostgreSQL is at work on the next page while this one is archived.
    next = pageAfter(Number(page.seq))
    // It is waited for in its turn, and may fail before.
    next.catch(() => {})
    yield eventsOfText(page.text)
  }
}

/** The rows of code_snapshots, in the same way. */
export async function* archivableSnapshots(
  db: Database,
  sessionId: string,
  throughSeq: number,
): AsyncIterable<ArchivableSnapshot[]> {
  const { sql } = db
  for (let after = 0; ; ) {
    const found = await wholePage<{ seq: string | null }>(
      db,
      sessionId,
      sql`
        select ${snapshotColumns(sql)} from code_snapshots
        where session_id = ${sessionId} and seq > ${after} and seq <= ${throughSeq}
        order by seq limit ${SNAPSHOTS_PER_PAGE}`,
    )
    const rows = found.filter((row) => row.seq !== null) as SnapshotEntry[]
    if (rows.length === 0) return
    after = Number(rows.at(-1)?.seq)
    yield rows.map(archivableSnapshot)
  }
}

/** What a query finds of a session that has all its rows: a row of nulls where it finds nothing. Throws StoreError. */
async function wholePage<Row extends { seq: string | null }>(
  { sql }: Database,
  sessionId: string,
  page: postgres.PendingQuery<postgres.Row[]>,
): Promise<Row[]> {
  // One statement, so that the rows and whether there are all of them are of the same moment.
  const found = await statement(
    () => sql<({ isWhole: boolean } & Row)[]>`
      select r.purged_through_seq = 0 as "isWhole", p.* from session_recordings r
      left join lateral (${page}) p on true
      where r.id = ${sessionId} and r.erase_requested_at is null order by p.seq`,
  )
  if (found.length === 0 || found.some((row) => !row.isWhole)) {
    throw new StoreError('conflict', 'postgres', 'PURGED')
  }
  return found.map(({ isWhole, ...row }) => row as unknown as Row)
}

/** Counts that follow from the rows alone, for the archive's metadata. */
export async function countByType({ sql }: Database, sessionId: string): Promise<Record<string, number>> {
  const rows = await statement(
    () => sql<{ type: string; count: string }[]>`
      select type, count(*) from session_events where session_id = ${sessionId} group by type order by type`,
  )
  return Object.fromEntries(rows.map((row) => [row.type, Number(row.count)]))
}
