import { sql as orm } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { openDatabase } from '../../db/connect.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

const AT_ONCE = 20
const CONNECTIONS = 9

test('[I8] a process takes no more connections to PostgreSQL than it may, however much is asked at once', async () => {
  await using world = await makeWorld()
  const db = openDatabase({
    url: world.databaseUrl,
    applicationName: 'bounded',
    maxConnections: CONNECTIONS,
  })
  const connections = async () => {
    const [row] = await world.sql<{ open: number; busy: number }[]>`
      select count(*)::int as open, count(*) filter (where state <> 'idle')::int as busy
      from pg_stat_activity where application_name = 'bounded'`
    return row ?? { open: 0, busy: 0 }
  }
  const held = await world.sql.reserve()
  try {
    await held`begin`
    await held`lock table session_recordings in access exclusive mode`
    const answers = Array.from({ length: AT_ONCE }, () => [
      db.sql`select count(*) from session_recordings`.then((rows) => rows.length),
      db.orm.execute(orm`select count(*) from session_recordings`).then((rows) => rows.length),
      db.transact(async (tx) => (await tx`select count(*) from session_recordings`).length),
    ]).flat()
    const all = Promise.all(answers)
    // Told where it is waited for.
    all.catch(() => {})
    await waitFor('all connections to be in use', async () => (await connections()).busy === CONNECTIONS)
    expect((await connections()).open).toBe(CONNECTIONS)
    await held`commit`
    expect(await all).toEqual(answers.map(() => 1))
    expect((await connections()).open).toBe(CONNECTIONS)
  } finally {
    held.release()
    await db.close()
  }
})
