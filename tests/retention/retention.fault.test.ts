import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import type { ProductProcess } from '../support/process.js'
import { tracesOf } from '../support/traces.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const EVENTS = 15_000
const FAST = {
  CLOSE_GRACE_MS: '0',
  SWEEP_EVERY_MS: '100',
  RETENTION_EVERY_MS: '100',
  RETAIN_LAST_EVENTS: '100',
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

const KILLS = 2

/** Starts workers, kills some as soon as something has moved, and lets the last one finish. How many died in the middle. */
async function killAsItMoves(
  env: Record<string, string>,
  place: () => Promise<number>,
  end: number,
): Promise<number> {
  let kills = 0
  for (let last = await place(); last !== end && kills < KILLS; last = await place()) {
    const worker = await world.startWorker(env)
    await waitFor('something to move', async () => (await place()) !== last, 60_000)
    await worker.kill()
    if ((await place()) !== end) kills++
  }
  const worker = await world.startWorker(env)
  await waitFor('the end', async () => (await place()) === end, 60_000)
  await worker.kill()
  return kills
}

test('[R12] [I6] workers killed with kill -9 while they purge, and while they restore, change nothing that is read', async () => {
  const { id, all } = await anArchivedSession()
  const purged = async () => (await stateOf(id)).purged
  expect(await killAsItMoves(PURGING, purged, EVENTS - 100)).toBeGreaterThan(0)
  await expectSame(id, all)
  // An archive that is to be made again makes a worker put the rows back.
  await world.sql`
    update session_recordings set archive_state = 'pending', archive_generation = archive_generation + 1 where id = ${id}`
  expect(await killAsItMoves({}, purged, 0)).toBeGreaterThan(0)
  await expectSame(id, all)
  await world.startWorker()
  await waitFor('the archive', async () => (await stateOf(id)).archive === 'verified', 60_000)
  await expectSame(id, all)
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
  expect(await killAsItMoves({}, left, 0)).toBeGreaterThan(0)
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
