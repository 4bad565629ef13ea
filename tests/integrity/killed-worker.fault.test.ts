import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readLinks } from '../../db/integrity/links.js'
import { verifySession } from '../../scripts/verify/verify-session.js'
import { aRecordedSession } from '../support/recorded-session.js'
import { testSigning } from '../support/signing.js'
import { openTestDatabase } from '../support/stores.js'
import { toldBy } from '../support/verifiable.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

const FLUSH_OFTEN = { FLUSH_DUE_MS: '100', FLUSH_DUE_EVENTS: '20', SWEEP_EVERY_MS: '500' }

test('[R15] a worker killed between the rows and their link leaves neither, and the chain goes on', async () => {
  await using world = await makeWorld({ env: FLUSH_OFTEN })
  await using db = openTestDatabase(world.databaseUrl)
  const { publicKeys } = testSigning(await readFile(world.signingKeyFile, 'utf8'))
  const server = await world.startServer()
  let worker = await world.startWorker()
  const session = await aRecordedSession(world, server)
  const events = (from: number) =>
    Array.from({ length: 30 }, (_, i) => ({ type: 'custom:n', timestamp: Date.now(), data: from + i }))
  const look = () =>
    verifySession({ db, archive: null, sessionId: session.id, keys: publicKeys }).then(toldBy)
  const rowCount = async () => {
    const [row] = await world.sql`
      select count(*)::int as count from session_events where session_id = ${session.id}`
    return row?.count
  }
  const isHeld = async () => {
    const [waiting] = await world.sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
        and query ilike '%insert into session_links%'`
    return waiting !== undefined
  }

  await session.send('tab', events(0), 'committed')
  for (let round = 1; round <= 2; round++) {
    await db.transact(async (tx) => {
      await tx`lock table session_links in exclusive mode`
      await session.send('tab', events(round * 30))
      await waitFor('a flush that has its rows and waits for the links', isHeld)
      await worker.kill()
    })
    expect(await rowCount()).toBe(round * 30)
    expect(await readLinks(db.sql, session.id)).toHaveLength(round)
    expect((await look()).findings).toEqual([])
    // Two beside each other take it up.
    const [next, other] = await Promise.all([world.startWorker(), world.startWorker()])
    await waitFor('the rows', async () => (await rowCount()) === (round + 1) * 30)
    await other.kill()
    worker = next
    expect((await look()).findings).toEqual([])
    expect(await readLinks(db.sql, session.id)).toHaveLength(round + 1)
  }
  await session.close()
  await session.archived()
  expect(await look()).toEqual({ outcome: 'intact', findings: [], unsigned: [] })
})
