import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { openDatabase } from '../../db/connect.js'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

// Connections that carry nothing more, and nobody tells: a host that has vanished, a firewall that has forgotten them. The
// system gives one up after a quarter of an hour; new ones are taken at once.

const FLUSH_OFTEN = { FLUSH_DUE_MS: '200', SWEEP_EVERY_MS: '500' }

async function behindProxy(url: string): Promise<{ url: string; proxy: TcpProxy } & AsyncDisposable> {
  const target = new URL(url)
  const proxy = await startProxy(Number(target.port))
  target.host = new URL(proxy.url).host
  return { url: target.href, proxy, [Symbol.asyncDispose]: () => proxy.close() }
}

test('[I5] a server, and a worker, whose connections to Redis go silent go on over new ones', async () => {
  await using world = await makeWorld({ env: FLUSH_OFTEN })
  await using way = await behindProxy(world.redisUrl)
  const server = await world.startServer({ REDIS_URL: way.url })
  await world.startWorker({ REDIS_URL: way.url })
  const session = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  recorder.record({ type: 'custom:x', data: 'before' })
  await recorder.whenCommitted()
  way.proxy.halfOpen()
  recorder.record({ type: 'custom:x', data: 'after' })
  await waitFor('the commit', () => recorder.status.committedSeq === 2, 90_000)
  const events = await world.readAll(server, session.id)
  expect(events.map(({ data }) => data)).toEqual(['before', 'after'])
  await recorder.close({ waitFor: 'nothing' })
}, 120_000)

test('[I5] statements and transactions whose connection to PostgreSQL goes silent end, and the next have a new one', async () => {
  await using world = await makeWorld()
  await using way = await behindProxy(world.databaseUrl)
  const db = openDatabase({ url: way.url, applicationName: 'test', maxConnections: 3, silentAfterMs: 1_000 })
  const one = () => db.sql`select 1 as one`
  const two = () =>
    db.transact(async (tx) => {
      await tx`select 1 as one`
      return tx`select 2 as two`
    })
  try {
    await Promise.all([one(), two()])
    way.proxy.halfOpen()
    const silent = await Promise.allSettled([one(), two()])
    expect(silent.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await Promise.all([one(), two()])).toEqual([[{ one: 1 }], [{ two: 2 }]])
  } finally {
    await db.close()
  }
}, 60_000)

test('[I5] what is asked as soon as a connection to PostgreSQL was reset has an answer', async () => {
  await using world = await makeWorld()
  await using way = await behindProxy(world.databaseUrl)
  const db = openDatabase({ url: way.url, applicationName: 'test', maxConnections: 3 })
  try {
    await db.sql`select 0 as zero`
    const asleep = async () => {
      const [row] = await world.sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
      return row
    }
    const lost = db.sql`select pg_sleep(300)`.catch(() => db.sql`select 1 as one`)
    await waitFor('the question to be under way', asleep)
    way.proxy.cut()
    const later = await waitFor('a later answer', () => db.sql`select 2 as two`)
    expect(later).toEqual([{ two: 2 }])
    expect(await lost).toEqual([{ one: 1 }])
  } finally {
    await db.close()
  }
}, 60_000)
