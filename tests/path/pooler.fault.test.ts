import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../db/connect.js'
import { migrateDatabase } from '../../db/migrate.js'
import { pgbouncerProgram, startPgbouncer } from '../support/pgbouncer.js'
import type { ProductProcess } from '../support/process.js'
import { databaseUrl } from '../support/services.js'
import { openTestDatabase } from '../support/stores.js'
import { dropDatabase } from '../support/template-database.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

/** Far fewer than a server and two workers would take. */
const CONNECTIONS = 3
const SESSIONS = 3
const BATCHES = 12
const BATCH_EVENTS = 100
const EVENTS = BATCHES * BATCH_EVENTS
const KEPT_EVENTS = 100

const FAST = {
  FLUSH_DUE_MS: '100',
  CLOSE_GRACE_MS: '0',
  SWEEP_EVERY_MS: '100',
  RETENTION_EVERY_MS: '100',
  RETAIN_LAST_EVENTS: String(KEPT_EVENTS),
}

/** Of the kinds that make rows in other tables too. */
const eventAt = (i: number) => {
  if (i % 50 === 0)
    return { type: 'code_snapshot', fileId: 'a.ts', data: { fileName: 'a.ts', content: `text ${i}` } }
  if (i % 50 === 1) return { type: 'ai_interaction', data: { role: 'user', content: `why ${i}` } }
  if (i % 50 === 2) return { type: 'test_result', data: { testName: `case ${i}`, passed: true, duration: 1 } }
  return { type: 'terminal_stream', data: { channel: 'o', data: `${i}\r\n` } }
}

/** Sends until it is acked: with the pooler away, what needs PostgreSQL is to be tried later. */
async function send(world: World, server: ProductProcess, id: string, batch: number): Promise<void> {
  const events = Array.from({ length: BATCH_EVENTS }, (_, i) => ({
    ...eventAt(batch * BATCH_EVENTS + i),
    timestamp: Date.now(),
  }))
  const body = { source: 'backend', firstSeq: batch * BATCH_EVENTS + 1, events }
  await waitFor(`batch ${batch}`, async () => {
    const { status } = await world.call(server, 'POST', `/v1/sessions/${id}/events`, { body })
    expect([200, 202, 503]).toContain(status)
    return status !== 503
  })
}

async function stateOf(world: World, ids: readonly string[]) {
  const rows = await world.sql<{ id: string; count: number; archive: string; purged: number }[]>`
    select id, event_count::int as count, archive_state as archive, purged_through_seq::int as purged
    from session_recordings where id = any(${[...ids]}::uuid[])`
  expect(rows).toHaveLength(ids.length)
  return rows
}

const recorderConnections = async ({ sql }: World): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like 'recorder-%'`
  return row?.count ?? 0
}

describe.skipIf(pgbouncerProgram() === null)(
  '[I5] behind PgBouncer, a connection for each transaction',
  () => {
    test('[I1] [I3] [R12] with three connections for all, and the pooler killed under way: recorded, archived, purged and read', async () => {
      await using world = await makeWorld({ env: FAST })
      await using pooler = await startPgbouncer(world.databaseUrl, CONNECTIONS)
      const env = { DATABASE_URL: pooler.databaseUrl }
      const server = await world.startServer(env)
      const workers = [await world.startWorker(env), await world.startWorker(env)]
      const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => world.createSession(server)))
      const ids = sessions.map(({ id }) => id)
      const sendBatches = (from: number, to: number) =>
        Promise.all(
          ids.map(async (id) => {
            for (let batch = from; batch < to; batch++) await send(world, server, id, batch)
          }),
        )
      const committed = async (count: number) =>
        waitFor(`${count} events of each`, async () =>
          (await stateOf(world, ids)).every((row) => row.count === count),
        )

      await sendBatches(0, 4)
      await committed(4 * BATCH_EVENTS)
      const inUse = await recorderConnections(world)
      expect(inUse).toBeGreaterThan(0)
      expect(inUse).toBeLessThanOrEqual(CONNECTIONS)

      // What is acked while it is away, and what was under way, is committed once it is back.
      const underWay = sendBatches(4, 6)
      await pooler.kill()
      await underWay
      await sendBatches(6, 8)
      await pooler.start()
      await committed(8 * BATCH_EVENTS)
      await sendBatches(8, BATCHES)
      await committed(EVENTS)

      const answers = await Promise.all(
        ids.map((id) => world.call(server, 'GET', `/v1/sessions/${id}/stats`)),
      )
      expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200))
      for (const id of ids) {
        const { status } = await world.call(server, 'POST', `/v1/sessions/${id}/close`, { body: {} })
        expect(status).toBeLessThan(300)
      }
      await waitFor(
        'the archives',
        async () => (await stateOf(world, ids)).every((row) => row.archive === 'verified'),
        60_000,
      )
      workers.push(await world.startWorker({ ...env, RETAIN_ROWS_MS: '0' }))
      await Promise.all(workers.slice(0, 2).map((worker) => worker.stop()))
      await waitFor(
        'the rows to go',
        async () => (await stateOf(world, ids)).every((row) => row.purged === EVENTS - KEPT_EVENTS),
        60_000,
      )
      for (const id of ids) {
        const events = await world.readAll(server, id)
        expect(events.map(({ seq, sourceSeq }) => [seq, sourceSeq])).toEqual(
          Array.from({ length: EVENTS }, (_, i) => [i + 1, i + 1]),
        )
        expect(events.map(({ type, data }) => ({ type, data }))).toMatchObject(
          Array.from({ length: EVENTS }, (_, i) => {
            const { type, data } = eventAt(i)
            return { type, data }
          }),
        )
      }
      expect(await recorderConnections(world)).toBeLessThanOrEqual(CONNECTIONS)
    }, 240_000)

    test('a transaction has its bounds, and leaves none of them on the connection', async () => {
      await using world = await makeWorld()
      await using pooler = await startPgbouncer(world.databaseUrl, 1)
      await using db = openTestDatabase(pooler.databaseUrl)
      const bounds = () => db.sql`
      select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock,
        pg_backend_pid() as pid`
      const inside = await db.transact(async (tx) => {
        const [row] = await tx`
        select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock,
          pg_backend_pid() as pid`
        return row
      })
      expect(inside).toMatchObject({ idle: '15s', lock: '20s' })
      // The same connection: there is one.
      expect(await bounds()).toEqual([{ idle: '0', lock: '20s', pid: inside?.pid }])
    })

    test('a DATABASE_URL that says nothing of the pooler fails at once', async () => {
      await using world = await makeWorld()
      await using pooler = await startPgbouncer(world.databaseUrl, 1)
      const db = openDatabase({ url: pooler.plainUrl, applicationName: 'test', maxConnections: 6 })
      try {
        await expect(db.sql`select 1`).rejects.toMatchObject({ code: '08P01' })
      } finally {
        await db.close()
      }
    })

    test('[R18] the schema is made through it, by two at once', async () => {
      await using world = await makeWorld()
      const name = `recorder_pooled_${randomUUID().slice(0, 8)}`
      await world.sql.unsafe(`create database ${name}`)
      try {
        await using pooler = await startPgbouncer(databaseUrl(name), 2)
        await Promise.all([migrateDatabase(pooler.databaseUrl), migrateDatabase(pooler.databaseUrl)])
        await using db = openTestDatabase(pooler.databaseUrl)
        const rows = await db.sql<{ times: number }[]>`
        select count(*)::int as times from drizzle.__drizzle_migrations group by created_at`
        expect(rows.length).toBeGreaterThan(4)
        expect(rows.every(({ times }) => times === 1)).toBe(true)
        expect(await db.sql`select 1 from session_recordings`).toEqual([])
      } finally {
        await dropDatabase(name)
      }
    })
  },
)
