import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fillHoles } from '../../workers/sweep/fill-holes.js'
import { upkeep } from '../../workers/sweep/upkeep.js'
import { GRACE_MS, openPath, type Path, type PathSession } from '../support/path-stores.js'
import { START_MS } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'

let path: Path
beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path.close())
beforeEach(async () => {
  path.reset()
  // The sweep looks after all sessions there are.
  await path.world.sql`delete from session_recordings`
  for (const key of await path.buffer.redis.keys(`${path.world.prefix}*`)) await path.buffer.redis.del(key)
})

const MINUTE_MS = 60_000
const sweep = () => upkeep(path.context)

/** A recorder that has lost what is missing offers the first event it holds, again and again. */
async function offer(session: PathSession, source: number, firstSeq: number, forMs: number) {
  const untilMs = path.clock.nowMs + forMs
  for (; path.clock.nowMs < untilMs; path.clock.nowMs += MINUTE_MS / 2) {
    expect(await session.append(source, firstSeq, 1)).toMatchObject({ kind: 'gap' })
  }
  await session.append(source, firstSeq, 1)
}

describe('[R6] a hole that nobody fills', () => {
  /** Events 1, 2 and 5, 6 of source 1 with 3, 4 lost, and one of source 2: what is behind the hole is held. */
  async function withHole(): Promise<PathSession> {
    const session = await path.aSession(2)
    await session.append(1, 1, 2)
    await session.append(1, 3, 2)
    await session.append(2, 1, 1)
    await session.append(1, 5, 2)
    await session.lose(3)
    await session.flush()
    expect(await session.held()).toEqual({ 1: 5 })
    await session.catchUp()
    return session
  }

  test('is recorded as a gap after the term, and what waited behind it comes in', async () => {
    const session = await withHole()
    await sweep()
    expect((await session.row()).eventCount).toBe(3)
    path.clock.nowMs += 2 * MINUTE_MS
    const epoch = (await session.meta()).epoch
    await sweep()
    expect(await session.held()).toEqual({})
    expect((await session.meta()).epoch).toBeGreaterThan(epoch)
    await session.flush()
    const rows = await session.rows()
    expect(rows.map((row) => [row.seq, row.type, row.source, row.place])).toEqual([
      [1, 'custom:x', 1, 1],
      [2, 'custom:x', 1, 2],
      [3, 'custom:x', 2, 1],
      [4, 'gap', 0, 1],
      [5, 'custom:x', 1, 5],
      [6, 'custom:x', 1, 6],
    ])
    expect(rows[3]?.data).toEqual({ source: 1, fromSeq: 3, toSeq: 4 })
    expect((await session.read()).events[3]).toMatchObject({ checkpoint: true, type: 'gap' })
    expect(await session.meta()).toMatchObject({ headSeq: 6, committedSeq: 6 })
    await session.catchUp()
    expect(await session.append(1, 7, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 7 })
    await session.flush()
    expect((await session.row()).eventCount).toBe(7)
  })

  test('leaves no gap where it is filled before the term is over', async () => {
    const session = await withHole()
    path.clock.nowMs += MINUTE_MS
    await session.append(1, 3, 2)
    await sweep()
    await session.flush()
    await sweep()
    await session.flush()
    expect(await session.held()).toEqual({})
    expect((await session.expectWhole(7)).filter((row) => row.type === 'gap')).toEqual([])
    expect(await path.buffer.schedules.sessionsWithHoles(path.clock.nowMs)).toEqual([])
  })

  test('of which a tab only speaks: it is believed when it has gone on for the term', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    await session.flush()
    await offer(session, 1, 5, MINUTE_MS)
    path.clock.nowMs += 30 * MINUTE_MS
    await fillHoles(path.context)
    expect((await session.row()).eventCount).toBe(2)
    await offer(session, 1, 5, 2 * MINUTE_MS)
    await sweep()
    await session.catchUp()
    expect(await session.append(1, 5, 1)).toMatchObject({ kind: 'ok', receivedSeq: 5 })
    await session.flush()
    expect((await session.rows()).map((row) => [row.type, row.place])).toEqual([
      ['custom:x', 1],
      ['custom:x', 2],
      ['gap', 1],
      ['custom:x', 5],
    ])
  })

  test('is not recorded over events that are received and not yet committed', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    await offer(session, 1, 5, 3 * MINUTE_MS)
    await fillHoles(path.context)
    expect((await session.meta()).fields.r1).toBe('2')
    expect((await session.row()).eventCount).toBe(0)
    // The lost ones turn up after all.
    expect(await session.append(1, 3, 3)).toMatchObject({ kind: 'ok', skipped: 0 })
    await session.flush()
    await fillHoles(path.context)
    await session.expectWhole(5)
  })

  test('nor where Redis believes in more commits than there are', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    await offer(session, 1, 5, 3 * MINUTE_MS)
    const meta = path.buffer.keys.meta(session.shard, session.sessionId)
    await path.buffer.redis.hset(meta, 'c1', 2)
    await fillHoles(path.context)
    await fillHoles(path.context)
    await session.flush()
    await session.catchUp()
    expect(await session.append(1, 3, 3)).toMatchObject({ kind: 'ok', skipped: 0 })
    await session.flush()
    await session.expectWhole(5)
  })

  test('each source has its own term', async () => {
    const session = await path.aSession(2)
    await offer(session, 1, 3, 1.5 * MINUTE_MS)
    await session.append(2, 3, 1)
    await offer(session, 1, 3, MINUTE_MS)
    await session.append(2, 3, 1)
    await fillHoles(path.context)
    expect((await session.rows()).map((row) => row.data)).toEqual([{ source: 1, fromSeq: 1, toSeq: 2 }])
    await session.catchUp()
    await offer(session, 2, 3, MINUTE_MS)
    await fillHoles(path.context)
    expect((await session.rows()).map((row) => row.data)).toEqual([
      { source: 1, fromSeq: 1, toSeq: 2 },
      { source: 2, fromSeq: 1, toSeq: 2 },
    ])
    expect(await path.buffer.schedules.sessionsWithHoles(path.clock.nowMs)).toEqual([])
  })

  test('[I7] a tab that sends too early and then goes on as told disturbs nobody', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 1)
    await session.append(1, 3, 1)
    await session.append(1, 2, 2)
    const { epoch } = await session.meta()
    await sweep()
    expect((await session.meta()).epoch).toBe(epoch)
    expect(await path.buffer.schedules.sessionsWithHoles(path.clock.nowMs)).toEqual([])
  })

  test('[I3] the one who records it dies before the new epoch: seqs promised meanwhile come out right', async () => {
    const session = await path.aSession(2)
    await offer(session, 1, 3, 3 * MINUTE_MS)
    const dies = { ...path.context, buffer: Object.create(path.buffer) as typeof path.buffer }
    dies.buffer.enterEpoch = () => Promise.reject(new Error('killed'))
    const { epoch } = await session.row()
    await expect(fillHoles(dies)).rejects.toThrow('killed')
    expect((await session.row()).epoch).toBeGreaterThan(epoch + 1)
    await session.append(2, 1, 2)
    await session.flush()
    await session.flush()
    expect((await session.rows()).map((row) => [row.seq, row.type])).toEqual([
      [1, 'gap'],
      [2, 'custom:x'],
      [3, 'custom:x'],
    ])
    expect(await session.meta()).toMatchObject({ headSeq: 3, committedSeq: 3 })
  })

  test('[R12] in a session that is being closed, the close waits for it and then completes', async () => {
    const session = await withHole()
    await session.close()
    await session.flush()
    expect((await session.row()).status).toBe('ACTIVE')
    path.clock.nowMs += 2 * MINUTE_MS
    await sweep()
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 6, archiveGeneration: 1 })
  })

  test('[R12] recorded behind a close, it makes the archive again', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 1)
    await session.close()
    await session.flush()
    await path.world.sql`update session_recordings set archive_state = 'verified'`
    await offer(session, 1, 3, 3 * MINUTE_MS)
    await fillHoles(path.context)
    expect(await session.row()).toMatchObject({
      status: 'COMPLETED',
      eventCount: 2,
      archiveState: 'pending',
      archiveGeneration: 2,
    })
  })
})

describe('[R17] a session without a sign of life', () => {
  const status = async (session: PathSession) => (await session.row()).status
  /** One sweep asks for the close, the next one seals; then the flush that was asked for. */
  const sweepAndFlush = async (session: PathSession) => {
    await sweep()
    await sweep()
    await session.flush()
  }
  /** The row's start is PostgreSQL's own time; the test's clock begins at another. */
  const startsAt = (session: PathSession, ms: number) => path.world.sql`
    update session_recordings set start_time = ${new Date(ms)} where id = ${session.sessionId}`

  test('is closed as ABANDONED, and ended with its last event', async () => {
    const session = await path.aSession()
    await startsAt(session, START_MS - 10_000)
    await session.append(1, 1, 2)
    await session.flush()
    path.clock.nowMs = START_MS + 29 * MINUTE_MS
    await sweepAndFlush(session)
    expect(await status(session)).toBe('ACTIVE')
    path.clock.nowMs = START_MS + 30 * MINUTE_MS + 1
    await sweepAndFlush(session)
    expect(await session.row()).toMatchObject({
      status: 'ABANDONED',
      endTime: new Date(START_MS),
      duration: 10,
      archiveState: 'pending',
      eventCount: 2,
    })
  })

  test('also where nothing ever came', async () => {
    const session = await path.aSession()
    await startsAt(session, START_MS)
    path.clock.nowMs = START_MS + 31 * MINUTE_MS
    await sweepAndFlush(session)
    expect(await session.row()).toMatchObject({
      status: 'ABANDONED',
      duration: 0,
      endTime: new Date(START_MS),
    })
  })

  test('is not one that has events which are not committed yet', async () => {
    const session = await path.aSession()
    await startsAt(session, START_MS)
    path.clock.nowMs = START_MS + 20 * MINUTE_MS
    await session.append(1, 1, 1)
    path.clock.nowMs = START_MS + 31 * MINUTE_MS
    await sweep()
    expect((await session.row()).closeRequestedAt).toBeNull()
  })

  test('[I7] is found, however many quiet ones whose tabs are connected there are', async () => {
    const connected = await Promise.all(Array.from({ length: 410 }, () => path.aSession()))
    const alone = await Promise.all(Array.from({ length: 10 }, () => path.aSession()))
    path.clock.nowMs = START_MS + 31 * MINUTE_MS
    await path.world.sql`update session_recordings set start_time = ${new Date(START_MS)}`
    for (const { shard, sessionId } of connected) {
      const meta = path.buffer.keys.meta(shard, sessionId)
      await path.buffer.redis.hset(meta, 'o:connection', path.clock.nowMs + 15_000)
    }
    const asked = async () => {
      const rows = await path.world.sql<{ id: string }[]>`
        select id from session_recordings where close_requested_at is not null order by id`
      return rows.map(({ id }) => id)
    }
    await waitFor('all of them to be found', async () => {
      await sweep()
      return (await asked()).length >= alone.length
    })
    expect(await asked()).toEqual(alone.map(({ sessionId }) => sessionId).sort())
  })

  test('is not one whose tab is connected, however quiet', async () => {
    const session = await path.aSession()
    await startsAt(session, START_MS)
    path.clock.nowMs = START_MS + 31 * MINUTE_MS
    const meta = path.buffer.keys.meta(session.shard, session.sessionId)
    await path.buffer.redis.hset(meta, 'o:connection', path.clock.nowMs + 15_000)
    await sweep()
    expect((await session.row()).closeRequestedAt).toBeNull()
    path.clock.nowMs += 15_001
    await sweep()
    expect((await session.row()).closeRequestedAt).not.toBeNull()
  })

  test('[R12] takes what its tab brings late: the grace begins when it is given up', async () => {
    const session = await path.aSession()
    await startsAt(session, START_MS)
    await session.append(1, 1, 1)
    await session.flush()
    path.clock.nowMs = START_MS + 40 * MINUTE_MS
    const givenUpMs = path.clock.nowMs
    await sweepAndFlush(session)
    expect(await status(session)).toBe('ABANDONED')
    path.clock.nowMs = givenUpMs + GRACE_MS - 1
    const offline = [{ timestampMs: START_MS + 20 * MINUTE_MS }]
    expect(await session.append(1, 2, offline)).toMatchObject({ kind: 'ok', late: true })
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'ABANDONED', eventCount: 2, archiveGeneration: 2 })
  })
})

test('[R12] a close whose caller died is sealed and completed', async () => {
  const session = await path.aSession()
  await session.append(1, 1, 1)
  await path.world.sql`
    update session_recordings set close_requested_at = ${new Date(START_MS)}, close_status = 'COMPLETED'`
  await session.flush()
  expect((await session.row()).status).toBe('ACTIVE')
  await sweep()
  expect(path.asked.flushes).toEqual([session.shard])
  await session.flush()
  expect(await session.row()).toMatchObject({ status: 'COMPLETED', endTime: new Date(START_MS) })
})

test('a close is completed after Redis has lost everything', async () => {
  const session = await path.aSession()
  await session.append(1, 1, 1)
  await session.flush()
  await session.close()
  await path.buffer.remove(session.sessionId)
  await sweep()
  await session.flush()
  expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 1 })
})

test('[I5] archives that are due are asked for again', async () => {
  const session = await path.aSession()
  await session.close()
  await session.flush()
  await sweep()
  await sweep()
  expect(path.asked.archives).toEqual([session.sessionId, session.sessionId])
  await path.world.sql`update session_recordings set archive_state = 'verified'`
  await sweep()
  expect(path.asked.archives).toHaveLength(2)
})

describe('[I8] Redis is rid of a closed session', () => {
  const isThere = async (session: PathSession) => (await path.buffer.meta(session.sessionId)) !== null

  test('when its grace is over, not before', async () => {
    const [session, open] = [await path.aSession(), await path.aSession()]
    await session.append(1, 1, 1)
    await session.close()
    await session.flush()
    path.clock.nowMs = START_MS + GRACE_MS
    await sweep()
    expect(await isThere(session)).toBe(true)
    path.clock.nowMs += 1
    await sweep()
    expect([await isThere(session), await isThere(open)]).toEqual([false, true])
    expect((await session.read()).events).toHaveLength(1)
  })

  test('not while anything of it waits in the buffer or behind a hole', async () => {
    const session = await path.aSession(2)
    await session.append(1, 1, 1)
    await session.append(1, 2, 1)
    await session.append(1, 3, 1)
    await session.close()
    await path.world.sql`update session_recordings set status = 'COMPLETED'`
    await session.lose(2)
    await session.flush()
    expect(await session.held()).toEqual({ 1: 3 })
    path.clock.nowMs = START_MS + GRACE_MS + 1
    await sweep()
    expect(await session.held()).toEqual({ 1: 3 })
    path.clock.nowMs += 10 * MINUTE_MS
    await sweep()
    await session.flush()
    expect((await session.rows()).map((row) => row.type)).toEqual(['custom:x', 'gap', 'custom:x'])
  })
})
