import { randomUUID } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { longSession } from '../support/long-session.mjs'

/** Rows of a session that one flush brings. */
const CHUNK_SEQS = 100
const TABLES = /** @type {const} */ ([
  'session_events',
  'code_snapshots',
  'claude_interactions',
  'test_results',
])
const PURGE_TIMEOUT_MS = 300_000
const LOOK_EVERY_MS = 100
/** Of each session; as in production. */
export const RETAINED_EVENTS = 1000

/** @typedef {Awaited<ReturnType<typeof import('../support/product.mjs').startProduct>>} Product */
/** @typedef {import('postgres').Sql} Sql */

/**
 * One session, recorded and archived by the product, to make many of. Its rows are kept aside: they go with its archive.
 * @param {Product} product
 * @param {Sql} sql
 * @param {number} events
 * @param {(text: string) => void} say
 */
export async function templateSession(product, sql, events, say) {
  const session = await longSession(product, events, say)
  for (const table of TABLES)
    await sql`create table ${sql(`old_${table}`)} as select * from ${sql(table)} where session_id = ${session.id}`
  say('archiving it')
  const folder = await product.archiveOf(session.id)
  const [row] = await sql`select event_count::int as count from session_recordings where id = ${session.id}`
  const count = Number(row?.count)
  // Once its own rows went, nothing but what is measured is at work.
  await purged(sql, [session.id], count - RETAINED_EVENTS, () => {})
  return { id: session.id, folder, count }
}

/** Waits until so many of the first rows of each session are gone. */
export async function purged(
  /** @type {Sql} */ sql,
  /** @type {string[]} */ ids,
  /** @type {number} */ throughSeq,
  /** @type {(text: string) => void} */ say,
) {
  const deadlineMs = Date.now() + PURGE_TIMEOUT_MS
  for (;;) {
    const [row] = await sql`
      select count(*) filter (where purged_through_seq >= ${throughSeq})::int as done,
        count(*) filter (where archive_state = 'failed')::int as failed, sum(purged_through_seq)::int as events
      from session_recordings where id = any(${ids}::uuid[])`
    if (row?.failed > 0) throw new Error('Rows were not what the archive has.')
    if (row?.done === ids.length) return
    if (Date.now() > deadlineMs) throw new Error(`${row?.events} rows were purged in time.`)
    say(`purging: ${row?.events} of ${ids.length * throughSeq} events`)
    await delay(LOOK_EVERY_MS)
  }
}

/**
 * Closed sessions as the template was, their rows in the tables as flushes bring them: some of each session by turns. Nobody
 * touches them until their archive counts as verified.
 * @param {Product} product
 * @param {Sql} sql
 * @param {{ id: string, folder: string, count: number }} template
 * @param {number} sessions
 * @param {(text: string) => void} say
 * @returns {Promise<string[]>} their ids
 */
export async function oldSessions(product, sql, template, sessions, say) {
  const ids = Array.from({ length: sessions }, () => randomUUID())
  const columns = await columnsOf(sql, 'session_recordings', [
    'id',
    'candidate_id',
    'storage_path',
    'archive_state',
  ])
  await sql.unsafe(
    `insert into session_recordings (id, candidate_id, storage_path, archive_state, ${columns})
      select o.id, 'old-' || o.id, 'sessions/' || o.id, 'none', ${columns}
      from (select ${columns} from session_recordings where id = $1) t, unnest($2::uuid[]) as o (id)`,
    [template.id, ids],
  )
  await sql`update session_recordings set purged_through_seq = 0 where id = any(${ids}::uuid[])`
  // Else they would be analysed as soon as they count as archived.
  const analysis = await columnsOf(sql, 'session_analyses', ['session_id'])
  await sql.unsafe(
    `insert into session_analyses (session_id, ${analysis})
      select o.id, ${analysis} from (select * from session_analyses where session_id = $1) t, unnest($2::uuid[]) as o (id)`,
    [template.id, ids],
  )
  for (let from = 1; from <= template.count; from += CHUNK_SEQS) {
    if (from % (50 * CHUNK_SEQS) === 1)
      say(`making old sessions: ${from - 1} of ${template.count} events of each`)
    for (const table of TABLES) {
      const rest = await columnsOf(sql, table, ['id', 'session_id'])
      await sql.unsafe(
        `insert into ${table} (session_id, ${rest})
          select o.id, ${rest} from unnest($1::uuid[]) as o (id), old_${table} t
          where t.seq between $2 and $3 order by o.id, t.seq`,
        [ids, from, from + CHUNK_SEQS - 1],
      )
    }
  }
  for (const id of ids)
    cpSync(template.folder, join(product.archiveFolder, 'sessions', id), { recursive: true })
  return ids
}

/** @returns {Promise<string>} for SQL: the names of a table's columns but some, in their order */
async function columnsOf(
  /** @type {Sql} */ sql,
  /** @type {string} */ table,
  /** @type {string[]} */ without,
) {
  const rows = await sql`
    select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as names
    from information_schema.columns
    where table_name = ${table} and table_schema = 'public' and not (column_name = any(${without}))`
  return rows[0]?.names
}

/** Bytes of the tables that old rows are in, with their indexes and what is stored apart. */
export async function sizesOf(/** @type {Sql} */ sql) {
  const [row] = await sql`
    select sum(pg_table_size(t::regclass))::float8 as tables, sum(pg_indexes_size(t::regclass))::float8 as indexes
    from unnest(${[...TABLES]}::text[]) as t`
  return { tableBytes: Number(row?.tables), indexBytes: Number(row?.indexes) }
}

export const OLD_TABLES = TABLES
