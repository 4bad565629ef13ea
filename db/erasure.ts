import { recordingPrefix } from '../protocol/archive-format.js'
import type { Recordings } from './archive/recordings.js'
import type { EventBuffer } from './buffer/event-buffer.js'
import type { Database, Sql } from './connect.js'
import { toStoreError } from './errors.js'

// Erasing a session [R14]. The mark in its row is what everybody looks at (each statement about sessions says
// `erase_requested_at is null`, which tests/erased-sessions.test.ts holds), and what an erasure that died goes on from:
// the row goes last, in the transaction that writes the tombstone.

export interface ErasureStores {
  db: Database
  buffer: EventBuffer
  recordings: Recordings
}

/** Who asked. Role `retention` is the service itself, when an archive's own term is over. */
export interface Eraser {
  role: string
  sub: string
}

export const RETENTION: Eraser = { role: 'retention', sub: 'retention' }

/** Rows of one transaction. */
const CHUNK_ROWS = 2000
/** All that hangs on a session's row; what another table may hold goes with the row itself. */
const CHUNKED_TABLES = [
  'session_events',
  'code_snapshots',
  'claude_interactions',
  'test_results',
  'quarantined_events',
  'annotations',
  'redactions',
  'session_analyses',
  'session_keyframes',
  'session_links',
  'session_seals',
  'session_sources',
] as const

/**
 * Marks a session as erased: from the commit on it is gone to everybody, and its candidate may have another one.
 * 'erased' where nothing but the tombstone is left of it; null where there never was such a session. Throws StoreError.
 */
export async function requestErasure(
  { sql }: Database,
  sessionId: string,
  by: Eraser,
): Promise<'marked' | 'erased' | null> {
  try {
    const marked = await sql`
      update session_recordings set erase_requested_at = coalesce(erase_requested_at, now()),
        erase_requested_role = coalesce(erase_requested_role, ${by.role}),
        erase_requested_by = coalesce(erase_requested_by, ${by.sub}),
        candidate_id = 'erased ' || id, question = null, metadata = null
      where id = ${sessionId} returning id`
    if (marked.length > 0) return 'marked'
    return (await hasTombstone(sql, sessionId)) ? 'erased' : null
  } catch (error) {
    throw toStoreError(error)
  }
}

/**
 * Removes everything of a marked session from all three stores, and leaves the tombstone. It may die between any two
 * lines and be run again, also beside itself. A store that is away stops no other one from being emptied.
 * Throws StoreError or ArchiveError: something is left, and the mark with it.
 */
export async function eraseSession(stores: ErasureStores, sessionId: string): Promise<void> {
  const elsewhere = await Promise.allSettled([
    stores.buffer.remove(sessionId),
    removeArchive(stores, sessionId),
  ])
  const { sql } = stores.db
  for (const table of CHUNKED_TABLES) await removeRows(stores.db, table, sessionId, sql``)
  await removeRows(stores.db, 'access_log', sessionId, exceptTombstones(sql))
  const failed = elsewhere.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  await leaveTombstone(stores.db, sessionId)
}

/** Whatever a writer that was under way may have put back of an erased session. Throws StoreError or ArchiveError. */
export async function removeLeftovers(stores: ErasureStores, sessionId: string): Promise<void> {
  await stores.buffer.remove(sessionId)
  await removeArchive(stores, sessionId)
  await removeRows(stores.db, 'access_log', sessionId, exceptTombstones(stores.db.sql))
}

/** Removes the archive of a session that is marked or erased; of any other it does nothing. Throws as the stores do. */
export async function removeArchiveIfErased(
  stores: Pick<ErasureStores, 'db' | 'recordings'>,
  sessionId: string,
): Promise<void> {
  const { sql } = stores.db
  const [marked] = await sql`
    select 1 from session_recordings where id = ${sessionId} and erase_requested_at is not null`
  // A session that is merely not there may be one that a restored PostgreSQL has forgotten: its archive is all there is.
  if (marked || (await hasTombstone(sql, sessionId))) await removeArchive(stores, sessionId)
}

/** Sessions that are marked and not erased yet. Throws StoreError. */
export async function erasuresUnderWay({ sql }: Database, limit: number): Promise<string[]> {
  try {
    const rows = await sql<{ id: string }[]>`
      select id from session_recordings where erase_requested_at is not null order by random() limit ${limit}`
    return rows.map((row) => row.id)
  } catch (error) {
    throw toStoreError(error)
  }
}

/**
 * Sessions that were erased and are to be looked at again: all of the last quarter of an hour, and once an hour those
 * of the last week. A function of time alone, for a caller that comes every `everyMs`. Throws StoreError.
 */
export async function erasedLately({ sql }: Database, everyMs: number): Promise<string[]> {
  try {
    const rows = await sql<{ id: string }[]>`
      select session_id as id from access_log
      where action in ('erase', 'expire') and at > now() - interval '7 days'
        and (at > now() - interval '15 minutes'
          or extract(epoch from now() - at)::bigint % 3600 <= ${Math.ceil(everyMs / 1000)})`
    return rows.map((row) => row.id)
  } catch (error) {
    throw toStoreError(error)
  }
}

const TOMBSTONES = ['erase', 'expire']

async function hasTombstone(sql: Database['sql'], sessionId: string): Promise<boolean> {
  const rows = await sql`
    select 1 from access_log where session_id = ${sessionId} and action = any(${TOMBSTONES}::text[]) limit 1`
  return rows.length > 0
}

async function removeArchive({ recordings }: Pick<ErasureStores, 'recordings'>, sessionId: string) {
  const prefix = recordingPrefix(sessionId)
  recordings.forget(prefix)
  await recordings.archive.removePrefix(`${prefix}/`)
}

/** Somebody who erases beside us may have finished: the tombstone is there then. */
const exceptTombstones = (sql: Sql) => sql`and not (action = any(${TOMBSTONES}::text[]))`

async function removeRows(
  { sql }: Database,
  table: (typeof CHUNKED_TABLES)[number] | 'access_log',
  sessionId: string,
  which: ReturnType<typeof exceptTombstones>,
): Promise<void> {
  try {
    for (;;) {
      const { count } = await sql`
        delete from ${sql(table)} where ctid = any(array(
          select ctid from ${sql(table)} where session_id = ${sessionId} ${which} limit ${CHUNK_ROWS}))`
      if (count < CHUNK_ROWS) return
    }
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The row goes, and with it whatever came meanwhile; the one line that stays says who had it erased, and when. */
async function leaveTombstone(db: Database, sessionId: string): Promise<void> {
  try {
    await db.transact(async (tx) => {
      const [row] = await tx<{ role: string; sub: string }[]>`
        select erase_requested_role as role, erase_requested_by as sub from session_recordings
        where id = ${sessionId} and erase_requested_at is not null for update`
      if (!row) return
      await tx`delete from access_log where session_id = ${sessionId}`
      const action = row.role === RETENTION.role ? 'expire' : 'erase'
      await tx`
        insert into access_log (role, sub, action, session_id) values (${row.role}, ${row.sub}, ${action}, ${sessionId})`
      await tx`delete from session_recordings where id = ${sessionId}`
    })
  } catch (error) {
    throw toStoreError(error)
  }
}
