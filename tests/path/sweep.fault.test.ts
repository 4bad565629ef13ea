import { expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

const FAST = {
  CLOSE_GRACE_MS: '0',
  SWEEP_EVERY_MS: '100',
  RETENTION_EVERY_MS: '100',
  FLUSH_DUE_MS: '500',
}

test('[I7] keyframes, analyses and retention that take long hold up neither upkeep nor a flush', async () => {
  await using world = await makeWorld({ env: FAST })
  const server = await world.startServer()
  const tx = await world.sql.reserve()
  try {
    await tx`begin`
    // Each of the three comes to one of these in its turn, and nobody else does.
    await tx`lock table session_keyframes, session_analyses, access_log in access exclusive mode`
    const [own] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    /** Who waits for these locks, and since when. Asked outside: within a transaction the view stays as it was. */
    const waiting = async () => {
      const rows = await world.sql<{ waiter: string }[]>`
        select pid || ' ' || query_start as waiter from pg_stat_activity
        where ${own?.pid ?? 0} = any(pg_blocking_pids(pid))`
      return rows.map(({ waiter }) => waiter)
    }
    const worker = await world.startWorker()
    const standing = await waitFor('all three to stand before the tables', async () => {
      const waiters = await waiting()
      return waiters.length === 3 && waiters
    })

    const session = await world.createSession(server)
    const events = [{ type: 'terminal_stream', timestamp: Date.now(), data: { channel: 'o', data: 'x' } }]
    const body = { source: 'backend', firstSeq: 1, events }
    await world.call(server, 'POST', `/v1/sessions/${session.id}/events`, { body })
    // As whoever asks for a close and dies: only upkeep completes it.
    await world.sql`
      update session_recordings set close_requested_at = now(), close_status = 'COMPLETED' where id = ${session.id}`
    await waitFor('the close', async () => {
      const [row] = await world.sql<{ status: string; events: number }[]>`
        select status, event_count::int as events from session_recordings where id = ${session.id}`
      return row?.status === 'COMPLETED' && row.events === 1
    })
    // Done beside them, and not once they had given up.
    expect(await waiting()).toEqual(expect.arrayContaining(standing))
    // Nobody had to step in for the queue.
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    expect(metrics).toMatch(/^recorder_flushes_without_queue_total 0$/m)
    await tx`rollback`
  } finally {
    tx.release()
  }
}, 120_000)
