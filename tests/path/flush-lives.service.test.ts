import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEpoch } from '../../db/epochs.js'
import { identityOf, registerSource } from '../../db/sessions.js'
import { commitSessions } from '../../workers/flush/commit-sessions.js'
import { openPath, type Path } from '../support/path-stores.js'

let path: Path
beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path.close())
beforeEach(() => path.reset())

describe('[R3] buffer and rows of different lives', () => {
  test('Redis came back older: a new epoch, and every event once', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    const goBack = await session.photograph()
    await session.append(1, 3, 2)
    await session.flush()
    await goBack()
    // The tab goes on from what this Redis tells it, and resends what it had sent already.
    await session.append(1, 3, 3)
    await session.flush()
    await session.expectWhole(5)
    expect((await session.meta()).headSeq).toBe(5)
  })

  test('Redis came back older and nobody sends any more: the heads agree again all the same', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    const goBack = await session.photograph()
    await session.append(1, 3, 2)
    await session.flush()
    await goBack()
    expect(await session.flush()).toBe(0)
    expect(await session.meta()).toMatchObject({ headSeq: 4, committedSeq: 4, epoch: 2 })
    await session.expectWhole(4)
  })

  test('promised seqs that come out otherwise start a new epoch, also where the one who saw it died', async () => {
    const session = await path.aSession(2)
    await session.append(1, 1, 1)
    const goBack = await session.photograph()
    await session.append(2, 1, 4)
    await session.flush()
    await goBack()
    const old = (await session.meta()).epoch
    expect(await session.append(1, 2, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 2 })
    const read = await path.buffer.read(session.sessionId, 100)
    const [commit] = await commitSessions(path.db, [
      { sessionId: session.sessionId, epoch: old, batches: read?.batches ?? [], complete: false },
    ])
    expect(commit).toMatchObject({ plan: { renumbered: true } })
    // The epoch has ended with that very commit.
    expect((await session.row()).epoch).toBe(old + 1)
    // Here the worker dies. The next one finds everything committed.
    expect(await session.flush()).toBe(0)
    expect((await session.meta()).epoch).toBeGreaterThan(old)
    expect(await session.meta()).toMatchObject({ headSeq: 6, committedSeq: 6 })
    await session.expectWhole(6)
  })

  test('PostgreSQL is an epoch ahead, as after a death on the way to Redis: the move is completed', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    await path.world.sql`update session_recordings set epoch = epoch + 3 where id = ${session.sessionId}`
    expect(await session.flush()).toBe(2)
    expect((await session.meta()).epoch).toBe((await session.row()).epoch)
    await session.expectWhole(2)
  })

  test('PostgreSQL is an epoch behind, as after a restore: both go beyond', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    const epoch = (await session.meta()).epoch
    await path.world.sql`update session_recordings set epoch = 0 where id = ${session.sessionId}`
    expect(await session.flush()).toBe(2)
    expect((await session.row()).epoch).toBe(epoch + 1)
    expect((await session.meta()).epoch).toBe(epoch + 1)
    await session.expectWhole(2)
  })

  test('[R13] PostgreSQL restored to before a source: it is known again, and nothing is written without one', async () => {
    const session = await path.aSession(2)
    await session.append(1, 1, 2)
    await session.flush()
    await session.append(2, 1, 2)
    await session.flush()
    await session.append(2, 3, 2)
    // As the backup knew it: one source, two events.
    await path.world.sql`delete from session_events where session_id = ${session.sessionId} and seq > 2`
    await path.world.sql`delete from session_links where session_id = ${session.sessionId} and last_seq > 2`
    await path.world.sql`delete from session_sources where session_id = ${session.sessionId} and source = 2`
    await path.world.sql`
      update session_recordings set event_count = 2, next_source = 2 where id = ${session.sessionId}`
    await session.flush()
    await session.expectWhole(2)
    expect(await session.watermarks()).toEqual([2, 0])
    expect(await session.held()).toEqual({ 2: 3 })
    // The tab that still has all of it sends it again.
    await session.catchUp()
    expect(await session.append(2, 1, 2)).toMatchObject({ kind: 'ok', receivedSeq: 2 })
    await session.flush()
    await startEpoch(
      path.db,
      path.buffer,
      path.context.policy,
      session.sessionId,
      await session.catchUp(),
      path.clock.nowMs,
    )
    await session.flush()
    await session.expectWhole(6)
  })

  test('[R1] two sources that were given one number never mix', async () => {
    const session = await path.aSession(2)
    await session.append(2, 1, 3)
    await path.world.sql`delete from session_sources where session_id = ${session.sessionId} and source = 2`
    await path.world.sql`update session_recordings set next_source = 2 where id = ${session.sessionId}`
    const other = { role: 'candidate' as const, sub: 'c', sourceId: 'other' }
    expect(await registerSource(path.db, session.sessionId, other, null)).toMatchObject({ source: 2 })
    const epoch = await session.catchUp()
    const admit = (epoch: number) =>
      path.buffer.admit(
        session.sessionId,
        epoch,
        { source: 2, identity: identityOf(other), committedSeq: 0 },
        'none',
        path.clock.nowMs,
      )
    expect(await admit(epoch)).toBe('taken')
    await startEpoch(path.db, path.buffer, path.context.policy, session.sessionId, epoch, path.clock.nowMs)
    expect(await admit(await session.catchUp())).toMatchObject({ receivedSeq: 0 })
    await session.append(2, 1, [{ data: 'other' }])
    await session.flush()
    expect((await session.expectWhole(1)).map((row) => row.data)).toEqual(['other'])
  })
})

describe('[R6] a hole', () => {
  test('is never closed over: what is before it goes in, what is behind it waits', async () => {
    const session = await path.aSession(2)
    await session.append(1, 1, 2)
    await session.append(1, 3, 1)
    await session.append(2, 1, 1)
    await session.append(1, 4, 1)
    await session.lose(3)
    await session.flush()
    await session.expectWhole(3)
    expect(await session.watermarks()).toEqual([2, 1])
    expect(await session.held()).toEqual({ 1: 4 })
    await session.catchUp()
    expect(await session.append(1, 5, 1)).toEqual({ kind: 'gap', expectedSeq: 3 })
    await session.append(1, 3, 3)
    await session.flush()
    expect((await session.expectWhole(6)).map((row) => row.data)).toEqual([
      '1:1',
      '1:2',
      '2:1',
      '1:3',
      '1:4',
      '1:5',
    ])
  })
})
