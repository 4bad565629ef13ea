import { once } from 'node:events'
import net from 'node:net'
import { expect, test } from 'vitest'
import type { BufferedBatch } from '../../db/buffer/event-buffer.js'
import { getSession } from '../../db/sessions.js'
import { commitSessions } from '../../workers/flush/commit-sessions.js'
import { endFrozen } from '../../workers/sweep/end-frozen.js'
import { freePort } from '../support/own-redis.js'
import { anId, lineOf, openTestDatabase, START_MS } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

/** CopyDone: the last byte of a COPY has been sent, and PostgreSQL has not answered. */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4])
const COPY_DATA = 0x64

/** Between the driver and PostgreSQL. */
async function startWire(databaseUrl: string, port = 0) {
  const target = new URL(databaseUrl)
  const state = { cutAtCopyDone: false, freezeAtCopyData: false, cuts: 0 }
  const open = new Set<net.Socket>()
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname)
    let isFrozen = false
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
    }
    client.on('data', (chunk) => {
      if (state.cutAtCopyDone && chunk.includes(COPY_DONE)) {
        state.cutAtCopyDone = false
        state.cuts++
        client.destroy()
        upstream.destroy()
      } else if (state.freezeAtCopyData && chunk[0] === COPY_DATA) {
        state.freezeAtCopyData = false
        isFrozen = true
        upstream.write(chunk.subarray(0, 20))
      } else if (!isFrozen) upstream.write(chunk)
    })
    upstream.on('data', (chunk) => client.write(chunk))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as net.AddressInfo).port)
  return Object.assign(state, {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  })
}

async function aSession(world: World): Promise<string> {
  const [row] = await world.sql<{ id: string }[]>`
    insert into session_recordings (candidate_id) values (${`c${Math.random()}`}) returning id`
  const { id } = row as { id: string }
  await world.sql`
    insert into session_sources (session_id, source, role, sub, source_id) values (${id}, 1, 'candidate', 'c', 's')`
  return id
}

function work(sessionId: string, firstSeq: number, count: number) {
  const lines = Array.from({ length: count }, (_, i) => lineOf({ data: firstSeq + i }))
  const batch: BufferedBatch = {
    firstSeq,
    source: 1,
    firstSourceSeq: firstSeq,
    count,
    receivedAtMs: START_MS,
    late: false,
    version: 1,
    lines,
    bytes: 1,
  }
  return [{ sessionId, epoch: 0, complete: false, batches: [batch] }]
}

async function kept(world: World, sessionId: string) {
  const [row] = await world.sql`
    select event_count::int as "eventCount", (select committed_seq::int from session_sources where session_id = r.id) as
      "sourceSeq", (select array_agg(data::text::int order by seq) from session_events where session_id = r.id) as data
    from session_recordings r where id = ${sessionId}`
  return row
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

test('[I1][I3] a connection lost between the last event and the answer moves no watermark, then or later', async () => {
  await using world = await makeWorld()
  await using wire = await startWire(world.databaseUrl)
  await using db = openTestDatabase(wire.url)
  const sessionId = await aSession(world)
  await commitSessions(db, work(sessionId, 1, 50))
  wire.cutAtCopyDone = true
  await expect(commitSessions(db, work(sessionId, 51, 10))).rejects.toMatchObject({ kind: 'unavailable' })
  expect(wire.cuts).toBe(1)
  // The process goes on and opens connections again; none of them may wake what was waiting on the lost one. It
  // would go on between two queries, so there are pauses.
  for (let round = 0; round < 8; round++) {
    await Promise.all(upTo(10).map(() => db.sql`select 1`))
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  expect(await kept(world, sessionId)).toEqual({ eventCount: 50, sourceSeq: 50, data: upTo(50) })
  await commitSessions(db, work(sessionId, 51, 10))
  expect(await kept(world, sessionId)).toEqual({ eventCount: 60, sourceSeq: 60, data: upTo(60) })
})

test('[I5] a PostgreSQL that was away for many queries is found again', async () => {
  await using world = await makeWorld()
  const port = await freePort()
  const url = new URL(world.databaseUrl)
  url.host = `127.0.0.1:${port}`
  await using db = openTestDatabase(url.href)
  for (let i = 0; i < 12; i++) {
    await expect(db.sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(getSession(db, anId())).rejects.toMatchObject({ kind: 'unavailable' })
  }
  await using wire = await startWire(world.databaseUrl, port)
  expect(wire.url).toContain(`:${port}/`)
  expect(await db.sql`select 1 as one`).toEqual([{ one: 1 }])
  expect(await getSession(db, anId())).toBeNull()
})

test('[I7] a worker frozen in the middle of its COPY does not hold its sessions for ever', async () => {
  await using world = await makeWorld()
  await using wire = await startWire(world.databaseUrl)
  await using frozen = openTestDatabase(wire.url)
  await using db = openTestDatabase(world.databaseUrl)
  const sessionId = await aSession(world)
  wire.freezeAtCopyData = true
  const lost = commitSessions(frozen, work(sessionId, 1, 10)).catch((error) => error.kind)
  await waitFor('the COPY to wait', async () => {
    const [row] = await world.sql`
      select 1 from pg_stat_activity
      where datname = current_database() and query ilike '%copy session_events%' and wait_event = 'ClientRead'`
    return row
  })
  // Young ones are left alone.
  await endFrozen({ db })
  const next = commitSessions(db, work(sessionId, 1, 10))
  await waitFor('its end', async () => {
    await endFrozen({ db }, 0.1)
    return Promise.race([
      next.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
    ])
  })
  expect(await lost).toBe('unavailable')
  expect(await kept(world, sessionId)).toEqual({ eventCount: 10, sourceSeq: 10, data: upTo(10) })
})
