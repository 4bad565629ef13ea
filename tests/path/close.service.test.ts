import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requestClose } from '../../db/sessions.js'
import { fillHoles } from '../../workers/sweep/fill-holes.js'
import { openPath, type Path } from '../support/path-stores.js'
import { anId, START_MS } from '../support/stores.js'

let path: Path
beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path.close())
beforeEach(() => path.reset())

describe('[R12] closing', () => {
  test('is complete with the last flush, at the time it was asked for', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    const startMs = (await session.row()).startTime.getTime()
    await session.close(startMs + 90_400)
    await session.flush()
    expect(await session.row()).toMatchObject({
      status: 'COMPLETED',
      endTime: new Date(startMs + 90_400),
      duration: 90,
      eventCount: 2,
      archiveState: 'pending',
      archiveGeneration: 1,
    })
    expect(path.archivesDue).toEqual([session.sessionId])
    await session.flush()
    expect((await session.row()).archiveGeneration).toBe(1)
  })

  test('of a session without events', async () => {
    const session = await path.aSession()
    await session.close()
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 0 })
  })

  test('late events make a new generation of the archive, and are marked', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    await session.close()
    await session.flush()
    path.clock.nowMs = START_MS + 30_000
    expect(await session.append(1, 3, 1)).toMatchObject({ kind: 'ok', late: true })
    path.archivesDue.length = 0
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 3, archiveGeneration: 2 })
    expect(path.archivesDue).toEqual([session.sessionId])
    const { events } = await session.read()
    expect(events.map((e) => e.flags)).toEqual([undefined, undefined, ['late']])
  })

  test('[R6] waits for what is held behind a hole', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 1)
    await session.append(1, 2, 1)
    await session.append(1, 3, 1)
    await session.lose(2)
    await session.close()
    await session.flush()
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', eventCount: 1 })
    await session.catchUp()
    // Made before the close and sent again within the grace.
    path.clock.nowMs = START_MS + 1000
    await session.append(1, 2, 2)
    await session.flush()
    await fillHoles(path.context)
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 3 })
  })

  test('a flush that read before the seal does not complete it', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 1)
    await requestClose(path.db, session.sessionId, 'COMPLETED', new Date(path.clock.nowMs))
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', eventCount: 1 })
  })
})

describe('a session that was deleted', () => {
  test('leaves nothing, and stops no other', async () => {
    const session = await path.aSession()
    const other = await path.aNeighbourOf(session)
    await session.append(1, 1, [
      { type: 'code_snapshot', data: { fileName: 'a', content: 'x' } },
      { data: 1 },
    ])
    await session.flush()
    await session.append(1, 3, 1)
    await other.append(1, 1, 1)
    await path.world.sql`delete from session_recordings where id = ${session.sessionId}`
    await session.flush()
    await other.expectWhole(1)
    expect(await path.buffer.meta(session.sessionId)).toBeNull()
    for (const table of ['session_events', 'session_sources', 'code_snapshots', 'quarantined_events']) {
      const left = await path.world
        .sql`select 1 from ${path.world.sql(table)} where session_id = ${session.sessionId}`
      expect([table, left.length]).toEqual([table, 0])
    }
  })

  test('no event is ever committed without its session, and none moves to another', async () => {
    const session = await path.aSession()
    const insert = (id: string, seq: number) => path.world.sql`
      insert into session_events (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
      values (${id}, ${seq}, 'custom:x', now(), '1', false, 1, 1, now())`
    await expect(insert(anId(), 1)).rejects.toMatchObject({ code: '23503' })
    await insert(session.sessionId, 1)
    await expect(
      path.world
        .sql`update session_events set session_id = ${anId()} where session_id = ${session.sessionId}`,
    ).rejects.toMatchObject({ code: '23000' })
    await expect(
      path.world.sql`update session_events set seq = 2 where session_id = ${session.sessionId}`,
    ).rejects.toMatchObject({ code: '23000' })
  })

  test('a delete waits for a flush that has begun, and takes its events along', async () => {
    const session = await path.aSession()
    const deleting = await path.db.transact(async (tx) => {
      await tx`
        insert into session_events (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
        values (${session.sessionId}, 1, 'custom:x', now(), '1', false, 1, 1, now())`
      const deletion = path.world
        .sql`delete from session_recordings where id = ${session.sessionId}`.execute()
      await expect
        .poll(
          () =>
            tx`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
        .toHaveLength(1)
      return { deletion }
    })
    await deleting.deletion
    expect(await session.rows()).toEqual([])
  })
})
