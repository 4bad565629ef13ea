import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rateTurn } from '../../db/annotations.js'
import { archivableEvents, archivableSnapshots } from '../../db/archivable.js'
import type { Database } from '../../db/connect.js'
import { startEpoch } from '../../db/epochs.js'
import { iterateEvents } from '../../db/read-events.js'
import { restoreRows } from '../../db/restore-rows.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { purgeableSessions, purgeSession } from '../../workers/retention/purge-session.js'
import { retention } from '../../workers/retention/retention.js'
import { seeded } from '../support/generate.js'
import { GRACE_MS, type PathSession } from '../support/path-stores.js'
import { appendGenerated, openRetentionPath, type RetentionPath } from '../support/retention-path.js'
import { START_MS } from '../support/stores.js'

let path: RetentionPath
beforeAll(async () => {
  path = await openRetentionPath()
})
afterAll(() => path.close())
beforeEach(async () => {
  path.reset()
  await path.world.sql`delete from session_recordings`
})

const EVENTS = 4400

async function allOf({ sessionId }: PathSession): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = []
  for await (const events of iterateEvents(path.stores, sessionId, { limit: 500 })) all.push(...events)
  return all
}

/** A closed session with a verified archive, its grace over. */
async function archived(events = EVENTS) {
  const session = await path.aSession(2)
  await appendGenerated(session, events, seeded(events))
  await session.close()
  await session.flush()
  await path.archiveSession(session.sessionId)
  await path.settle(session)
  return {
    session,
    id: session.sessionId,
    rows: await path.rowsOf(session.sessionId),
    all: await allOf(session),
  }
}

const purge = (id: string, policy: Partial<RetentionPath['retention']> = {}) =>
  purgeSession({ ...path.retention, ...policy }, id)

describe('[R12] rows stay', () => {
  const purgeable = (policy: Partial<RetentionPath['retention']> = {}) =>
    purgeableSessions({ ...path.retention, ...policy }, 10)

  test('of a session that is active, in its grace, not archived or archived anew, too young, or to be erased', async () => {
    const { id } = await archived(200)
    expect(await purgeable()).toEqual([id])
    const { sql } = path.world
    const refused = async () => {
      expect(await purgeable()).toEqual([])
      expect(await purge(id)).toBe(0)
    }
    path.clock.nowMs -= 2 * GRACE_MS
    await refused()
    path.clock.nowMs += 2 * GRACE_MS
    expect(await purgeable({ retainRowsMs: 10 * GRACE_MS })).toEqual([])
    expect(await purge(id, { retainRowsMs: 10 * GRACE_MS })).toBe(0)
    // Closed long ago, and archived anew just now.
    path.clock.nowMs += 20 * GRACE_MS
    expect(await purgeable({ retainRowsMs: 10 * GRACE_MS })).toEqual([])
    await sql`update session_recordings set archive_verified_at = now() - make_interval(secs => ${(11 * GRACE_MS) / 1000})`
    expect(await purgeable({ retainRowsMs: 10 * GRACE_MS })).toEqual([id])
    path.clock.nowMs -= 20 * GRACE_MS
    for (const state of ['pending', 'failed', 'none']) {
      await sql`update session_recordings set archive_state = ${state}`
      await refused()
    }
    await sql`update session_recordings set archive_state = 'verified', status = 'ACTIVE'`
    await refused()
    await sql`update session_recordings set status = 'COMPLETED', erase_requested_at = now()`
    await refused()
    await sql`update session_recordings set erase_requested_at = null`
    expect(await purgeable({ retainLastEvents: 200 })).toEqual([])
    expect(await purge(id, { retainLastEvents: 500 })).toBe(0)
    expect(await purge(id)).toBe(200)
  })

  test('while Redis knows the session: something late may wait there', async () => {
    const session = await path.aSession(1)
    await session.append(1, 1, 5)
    await session.close()
    await session.flush()
    await path.archiveSession(session.sessionId)
    path.clock.nowMs += 2 * GRACE_MS
    expect(await purge(session.sessionId)).toBe(0)
    await path.buffer.remove(session.sessionId)
    expect(await purge(session.sessionId)).toBe(5)
  })
})

describe('[I6] only what the archive has word for word', () => {
  const damages: [string, (id: string) => PromiseLike<unknown>][] = [
    [
      'an event says something else',
      (id) => path.world.sql`
      update session_events set data = '{"other":1}' where session_id = ${id} and seq = 2100`,
    ],
    [
      'an event came at another time',
      (id) => path.world.sql`
      update session_events set received_at = received_at + interval '1 ms' where session_id = ${id} and seq = 4300`,
    ],
    [
      'a snapshot says something else',
      (id) => path.world.sql`
      update code_snapshots set full_content = full_content || '!' where id = (
        select max(id) from code_snapshots where session_id = ${id} and content_original is null)`,
    ],
    [
      'a snapshot is not in the archive',
      (id) => path.world.sql`
      insert into code_snapshots (session_id, seq, source, file_id, file_name, content_hash, full_content, lines_added,
        lines_deleted, "timestamp")
      select ${id}, seq, 1, 'x', 'x', '', '', 0, 0, now() from session_events e where session_id = ${id} and seq > 4000
        and not exists (select from code_snapshots s where s.session_id = ${id} and s.seq = e.seq) limit 1`,
    ],
  ]

  test.each(damages)('%s: its range stays, and the archive is made again', async (_what, damage) => {
    const { session, id } = await archived()
    await damage(id)
    const before = await path.rowsOf(id)
    await purge(id)
    const { purgedThroughSeq, ...row } = await session.row()
    expect(row).toMatchObject({
      archiveState: 'failed',
      archiveError: 'ARCHIVE_CORRUPT',
      archiveGeneration: 2,
    })
    expect(purgedThroughSeq).toBeLessThan(EVENTS)
    const left = await path.rowsOf(id)
    expect(left.events).toEqual(before.events.slice(purgedThroughSeq))
    expect(await purge(id)).toBe(0)
    // The rows have the last word: the new archive says what they say.
    await path.archiveSession(id)
    expect(await session.row()).toMatchObject({ archiveState: 'verified', purgedThroughSeq: 0 })
    expect(await path.rowsOf(id)).toEqual(before)
    expect(await purge(id)).toBe(EVENTS)
  })

  test.each(['events.json.gz', 'snapshots.json.gz', 'metadata.json'])(
    '%s is damaged or gone: no row goes',
    async (object) => {
      const { session, id, rows } = await archived(600)
      const key = `sessions/${id}/${object}`
      await path.archive.put(key, Buffer.from('x'.repeat(1 << 16)))
      await purge(id)
      expect(await session.row()).toMatchObject({ archiveState: 'failed', purgedThroughSeq: 0 })
      expect(await path.rowsOf(id)).toEqual(rows)
      await path.archiveSession(id)
      await path.archive.removePrefix(`sessions/${id}/`)
      await purge(id)
      expect(await session.row()).toMatchObject({
        archiveState: 'failed',
        purgedThroughSeq: 0,
        archiveGeneration: 3,
      })
      await path.archiveSession(id)
      expect(await purge(id)).toBe(600)
    },
  )

  test('an archive that is away changes nothing', async () => {
    const { session, id } = await archived(200)
    const away = Object.assign(Object.create(path.recordings) as typeof path.recordings, {
      openAnew: () => Promise.reject(new Error('away')),
    })
    await expect(purge(id, { recordings: away })).rejects.toThrow('away')
    expect(await session.row()).toMatchObject({ archiveState: 'verified', purgedThroughSeq: 0 })
  })

  test('[R12] an archive is never written from what a purge has left', async () => {
    const { session, id } = await archived()
    const readRest = async (pages: AsyncIterator<unknown[]>) => {
      for (;;) if ((await pages.next()).done) return
    }
    const events = archivableEvents(path.db, id, EVENTS)[Symbol.asyncIterator]()
    const snapshots = archivableSnapshots(path.db, id, EVENTS)[Symbol.asyncIterator]()
    await events.next()
    await snapshots.next()
    await purge(id, { retainLastEvents: EVENTS - 2000 })
    await expect(readRest(events)).rejects.toMatchObject({ code: 'PURGED' })
    await expect(readRest(snapshots)).rejects.toMatchObject({ code: 'PURGED' })
    await path.world.sql`update session_recordings set archive_state = 'pending', archive_generation = 2`
    await path.archiveSession(id)
    expect(await session.row()).toMatchObject({ archiveState: 'verified', purgedThroughSeq: 0 })
  })
})

describe('a purge or a restore that dies', () => {
  /** Its database does so many transactions; in the next one it dies, before or after the commit. */
  function dyingAfter(transactions: number, isCommitted: boolean): Database {
    let left = transactions
    const dying = Object.create(path.db) as Database
    dying.transact = async (act) => {
      if (left-- > 0) return path.db.transact(act)
      if (isCommitted) await path.db.transact(act)
      throw new Error('killed')
    }
    return dying
  }

  test.each([false, true])(
    'leaves a recording that reads the same, and is run again (committed: %s)',
    async (isCommitted) => {
      const { session, id, rows, all } = await archived()
      for (let transactions = 0; ; transactions++) {
        const dying = dyingAfter(transactions, isCommitted)
        const died = await purge(id, { db: dying, retainLastEvents: 150 }).then(
          () => false,
          () => true,
        )
        expect(await allOf(session)).toEqual(all)
        if (!died) break
      }
      expect((await session.row()).purgedThroughSeq).toBe(EVENTS - 150)
      for (let transactions = 0; ; transactions++) {
        const died = await restoreRows(dyingAfter(transactions, isCommitted), path.recordings, id).then(
          () => false,
          () => true,
        )
        expect(await allOf(session)).toEqual(all)
        if (!died) break
      }
      expect(await path.rowsOf(id)).toEqual(rows)
    },
  )

  test('two at once, of either kind, do the work of one', async () => {
    const { session, id, rows } = await archived()
    const removed = await Promise.all([purge(id), purge(id), purge(id)])
    expect(Math.max(...removed)).toBeLessThanOrEqual(EVENTS)
    expect(await session.rows()).toEqual([])
    await Promise.all([1, 2, 3].map(() => restoreRows(path.db, path.recordings, id)))
    expect(await path.rowsOf(id)).toEqual(rows)
  })

  /** Reads like the others, and hands over what it has read only when it is let go. */
  function sleepingRecordings(letGo: Promise<void>, onAsleep: () => void): typeof path.recordings {
    const { recordings } = path
    const sleep = async () => {
      onAsleep()
      await letGo
    }
    return Object.assign(Object.create(recordings) as typeof recordings, {
      openAnew: async (prefix: string) => {
        const reader = await recordings.openAnew(prefix)
        return {
          readEventRows: async (seq: number) => {
            const rows = await reader.readEventRows(seq)
            await sleep()
            return rows
          },
          readSnapshots: (range: object) => reader.readSnapshots(range),
        }
      },
    })
  }

  test('[R15] one that slept over a redaction and the purge after it brings nothing back that was masked', async () => {
    const { session, id } = await archived(200)
    await purge(id)
    let letGo = () => {}
    let asleep = () => {}
    const isAsleep = new Promise<void>((resolve) => (asleep = resolve))
    const sleeping = sleepingRecordings(new Promise((resolve) => (letGo = resolve)), asleep)
    const sleeper = restoreRows(path.db, sleeping, id)
    await isAsleep
    await restoreRows(path.db, path.recordings, id)
    await path.world
      .sql`update session_events set data = '{"data":"█"}' where session_id = ${id} and type = 'cursor'`
    await path.world.sql`
      update session_recordings set archive_state = 'pending', archive_generation = archive_generation + 1`
    const masked = await path.rowsOf(id)
    await path.archiveSession(id)
    expect(await purge(id)).toBe(200)
    letGo()
    await sleeper
    expect(await path.rowsOf(id)).toEqual(masked)
    expect(await session.row()).toMatchObject({ archiveState: 'pending', purgedThroughSeq: 0 })
  })

  test('[I7] one session that fails stops no other', async () => {
    const [bad, good] = [await archived(200), await archived(400)]
    const { openAnew } = path.recordings
    const some = Object.assign(Object.create(path.recordings) as typeof path.recordings, {
      openAnew: (prefix: string) =>
        prefix.includes(bad.id) ? Promise.reject(new Error('away')) : openAnew.call(path.recordings, prefix),
    })
    await expect(retention({ ...path.retention, recordings: some })).rejects.toThrow('away')
    expect(await good.session.rows()).toEqual([])
    expect(await bad.session.rows()).toHaveLength(200)
  })
})

test('[R12] readers see the whole recording while rows go and come back', async () => {
  const { session, id, all } = await archived()
  let isOver = false
  const reading = (async () => {
    let times = 0
    for (; !isOver || times === 0; times++) expect(await allOf(session)).toEqual(all)
    return times
  })()
  for (let round = 0; round < 3; round++) {
    await purge(id, { retainLastEvents: 700 * round })
    await restoreRows(path.db, path.recordings, id)
    await path.archiveSession(id)
  }
  isOver = true
  expect(await reading).toBeGreaterThan(0)
})

test('[R12] late events behind a purge make a whole archive again', async () => {
  const { session, id, all } = await archived(400)
  await purge(id, { retainLastEvents: 10 })
  // With a longer grace after a restart, say.
  const late = { ...path.context, policy: { closeGraceMs: 100 * GRACE_MS } }
  await startEpoch(path.db, path.buffer, late.policy, id, 0, path.clock.nowMs)
  await session.catchUp()
  expect(await session.append(1, 201, [{ timestampMs: START_MS }])).toMatchObject({ kind: 'ok', late: true })
  await session.flush()
  expect(await session.row()).toMatchObject({
    archiveState: 'pending',
    archiveGeneration: 2,
    eventCount: 401,
  })
  expect((await allOf(session)).slice(0, 400)).toEqual(all)
  expect(await purge(id)).toBe(0)
  await path.archiveSession(id)
  expect(await session.row()).toMatchObject({ archiveState: 'verified', purgedThroughSeq: 0 })
  await session.expectWhole(401)
  await path.buffer.remove(id)
  path.clock.nowMs += 100 * GRACE_MS
  expect(await purge(id)).toBe(401)
  expect((await allOf(session)).slice(0, 400)).toEqual(all)
})

test('[R16] ratings outlive the rows of the turns they are about', async () => {
  const { id, rows } = await archived(600)
  const turns = rows.interactions.map((row) => Number(row.seq))
  const by = { role: 'proctor', sub: 'p' }
  const rate = (seq: number, value: number | null) =>
    rateTurn(path.db, id, by, { seq, atMs: START_MS, sentValue: null }, value)
  await rate(turns[0] as number, 4)
  await rate(turns[1] as number, 2)
  await purge(id)
  await rate(turns[1] as number, null)
  await rate(turns[2] as number, 5)
  await restoreRows(path.db, path.recordings, id)
  const qualities = (await path.rowsOf(id)).interactions.map((row) => row.prompt_quality)
  expect(qualities).toEqual([4, null, 5, ...turns.slice(3).map(() => null)])
})
