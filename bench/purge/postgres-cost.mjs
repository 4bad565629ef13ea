import { readdirSync, readFileSync } from 'node:fs'

/** @typedef {{ cpuSec: number, walBytes: number, atMs: number }} Cost since PostgreSQL started */

/**
 * What PostgreSQL has cost until now: processor time of all its processes, ended ones too, and its write-ahead log.
 * @param {import('postgres').Sql} sql
 * @returns {Promise<Cost>}
 */
export async function postgresCost(sql) {
  const [row] = await sql`
    select pg_backend_pid() as pid, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal`
  const postmaster = statOf(row?.pid)?.parent ?? 0
  const own = statOf(postmaster)
  if (own === null) throw new Error('The processor time of PostgreSQL could not be read.')
  const running = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => statOf(Number(pid)))
    .filter((stat) => stat?.parent === postmaster)
  const ticks = own.ticks + own.endedTicks + running.reduce((total, stat) => total + (stat?.ticks ?? 0), 0)
  return { cpuSec: ticks / 100, walBytes: row?.wal, atMs: performance.now() }
}

/** What happened between two looks, less what goes on all the time. */
export function costBetween(
  /** @type {Cost} */ before,
  /** @type {Cost} */ after,
  /** @type {{ cpuSec: number, walBytes: number }} per second */ always = { cpuSec: 0, walBytes: 0 },
) {
  const tookSec = (after.atMs - before.atMs) / 1000
  return {
    tookSec,
    cpuSec: after.cpuSec - before.cpuSec - always.cpuSec * tookSec,
    walBytes: after.walBytes - before.walBytes - always.walBytes * tookSec,
  }
}

/** A process may end while it is looked at. */
function statOf(/** @type {number} */ pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const number = (/** @type {number} */ at) => Number(fields[at])
    return { parent: number(1), ticks: number(11) + number(12), endedTicks: number(13) + number(14) }
  } catch {
    return null
  }
}
