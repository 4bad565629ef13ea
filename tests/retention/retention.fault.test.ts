import type { Sql } from 'postgres'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import type { ProductProcess } from '../support/process.js'
import { tracesOf } from '../support/traces.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

/** Several of the ranges that a transaction takes. */
const EVENTS = 7_000
const FAST = {
  CLOSE_GRACE_MS: '0',
  SWEEP_EVERY_MS: '100',
  RETENTION_EVERY_MS: '100',
  RETAIN_LAST_EVENTS: '100',
  FLUSH_DUE_MS: '500',
}
const PURGING = { RETAIN_ROWS_MS: '0' }

let world: World
let server: ProductProcess
beforeEach(async () => {
  world = await makeWorld({ env: FAST })
  server = await world.startServer()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Closed and archived; what is read of it before any row goes. */
async function anArchivedSession() {
  const worker = await world.startWorker()
  const session = await world.createSession(server)
  for (let done = 0; done < EVENTS; done += 500) {
    const events = Array.from({ length: 500 }, (_, i) =>
      (done + i) % 50 === 0
        ? {
            type: 'code_snapshot',
            timestamp: Date.now(),
            fileId: 'a.ts',
            data: { fileName: 'a.ts', content: `${done + i}` },
          }
        : { type: 'terminal_stream', timestamp: Date.now(), data: { channel: 'o', data: `${done + i}` } },
    )
    const body = { source: 'backend', firstSeq: done + 1, events }
    const answer = await world.call(server, 'POST', `/v1/sessions/${session.id}/events`, { body })
    expect(answer.status).toBe(202)
  }
  await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
  await waitFor('the archive', async () => (await stateOf(session.id)).archive === 'verified', 60_000)
  const all = await world.readAll(server, session.id)
  expect(all).toHaveLength(EVENTS)
  await worker.kill()
  return { id: session.id, all }
}

async function stateOf(id: string) {
  const [row] = await world.sql<{ purged: number; archive: string }[]>`
    select purged_through_seq::int as purged, archive_state as archive from session_recordings where id = ${id}`
  if (!row) throw new Error('no such session')
  return row
}

async function expectSame(id: string, all: RecordedEvent[]) {
  expect(await world.readAll(server, id)).toEqual(all)
  const [rows] = await world.sql<{ count: number; first: number }[]>`
    select count(*)::int, min(seq)::int as first from session_events where session_id = ${id}`
  const { purged } = await stateOf(id)
  expect(rows).toEqual({ count: EVENTS - purged, first: purged + 1 })
}

/** In the middle of the second and of the third of the ranges, wherever it begins. */
const HELD_SEQS = [3_000, 5_000]

/**
 * Kills a worker for each of `seqs`, in the middle of the transaction that comes to this row: `hold` keeps the row until
 * the worker is dead. The next worker goes on from there; the last one finishes.
 */
async function killMidway(
  env: Record<string, string>,
  seqs: readonly number[],
  hold: (tx: Sql, seq: number) => Promise<unknown>,
  place: () => Promise<number>,
  end: number,
) {
  for (const seq of seqs) {
    const tx = await world.sql.reserve()
    try {
      await tx`begin`
      await hold(tx, seq)
      const worker = await world.startWorker(env)
      await waitFor('the worker to stand before the row', () => isWaitedFor(tx), 60_000)
      await worker.kill()
      await tx`rollback`
    } finally {
      tx.release()
    }
    expect(await place()).not.toBe(end)
  }
  const worker = await world.startWorker(env)
  await waitFor('the end', async () => (await place()) === end, 60_000)
  await worker.kill()
}

async function isWaitedFor(tx: Sql): Promise<boolean> {
  const [own] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
  const waiting = await world.sql`
    select 1 from pg_stat_activity where ${own?.pid ?? 0} = any(pg_blocking_pids(pid))`
  return waiting.length > 0
}

test('[R12] [I6] workers killed with kill -9 while they purge, and while they restore, change nothing that is read', async () => {
  const { id, all } = await anArchivedSession()
  const purged = async () => (await stateOf(id)).purged
  await world.sql`create table rows_before as select * from session_events where seq = any(${HELD_SEQS})`
  const lockRow = (tx: Sql, seq: number) =>
    tx`select 1 from session_events where session_id = ${id} and seq = ${seq} for update`
  await killMidway(PURGING, HELD_SEQS, lockRow, purged, EVENTS - 100)
  await expectSame(id, all)
  // An archive that is to be made again makes a worker put the rows back.
  await world.sql`
    update session_recordings set archive_state = 'pending', archive_generation = archive_generation + 1 where id = ${id}`
  const takePlace = async (tx: Sql, seq: number) => {
    // Without the look at the session's row, at which whoever restores would wait before anything has changed.
    await tx`set local session_replication_role = replica`
    await tx`insert into session_events overriding system value select * from rows_before where seq = ${seq}`
  }
  await killMidway({}, HELD_SEQS.toReversed(), takePlace, purged, 0)
  await expectSame(id, all)
  await world.startWorker()
  await waitFor('the archive', async () => (await stateOf(id)).archive === 'verified', 60_000)
  await expectSame(id, all)
}, 240_000)

test('[I7] a purge that takes long, and is due again and again meanwhile, holds up no flush', async () => {
  const { id } = await anArchivedSession()
  const tx = await world.sql.reserve()
  try {
    await tx`begin`
    await tx`select 1 from session_events where session_id = ${id} and seq = 500 for update`
    const worker = await world.startWorker(PURGING)
    await waitFor('the worker to stand before the row', () => isWaitedFor(tx), 60_000)
    const session = await world.createSession(server)
    const events = [{ type: 'terminal_stream', timestamp: Date.now(), data: { channel: 'o', data: 'x' } }]
    const body = { source: 'backend', firstSeq: 1, events }
    await world.call(server, 'POST', `/v1/sessions/${session.id}/events`, { body })
    await waitFor('the commit', async () => {
      const [row] =
        await world.sql`select 1 from session_recordings where id = ${session.id} and event_count = 1`
      return row
    })
    // Nobody had to step in for the queue.
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    expect(metrics).toMatch(/^recorder_flushes_without_queue_total 0$/m)
    await tx`rollback`
  } finally {
    tx.release()
  }
  await waitFor('the purge', async () => (await stateOf(id)).purged === EVENTS - 100, 60_000)
}, 240_000)

test('[R14] workers killed with kill -9 while they erase leave nothing', async () => {
  const { id } = await anArchivedSession()
  await world.sql`
    update session_recordings set erase_requested_at = now(), erase_requested_role = 'service', erase_requested_by = 's'
    where id = ${id}`
  const left = async () => {
    const [events] = await world.sql<{ count: number }[]>`
      select count(*)::int from session_events where session_id = ${id}`
    return events?.count ?? 0
  }
  const lockRow = (tx: Sql, seq: number) =>
    tx`select 1 from session_events where session_id = ${id} and seq = ${seq} for update`
  await killMidway({}, HELD_SEQS, lockRow, left, 0)
  await world.startWorker()
  await waitFor('nothing to be left', async () => {
    const traces = await tracesOf(world, [id])
    if (traces.length !== 1) throw new Error(`left: ${traces}`)
    return true
  })
  expect(await world.sql`select role, sub, action from access_log`).toEqual([
    { role: 'service', sub: 's', action: 'erase' },
  ])
}, 240_000)
