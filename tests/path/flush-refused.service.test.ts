import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import { seeded } from '../support/generate.js'
import { openPath, type Path } from '../support/path-stores.js'
import type { TestEvent } from '../support/stores.js'

let path: Path
beforeAll(async () => {
  path = await openPath()
  // Stands for whatever PostgreSQL may one day refuse of an event.
  await path.world.sql.unsafe(
    `alter table session_events add constraint refuses check (data::text not like '%%refuse me%%')`,
  )
})
afterAll(() => path.close())
beforeEach(() => path.reset())

describe('[R5] [I7] what PostgreSQL refuses', () => {
  const refused: TestEvent = { type: 'terminal_input', data: { command: 'refuse me' } }

  test.each([
    ['alone', [refused]],
    ['first', [refused, { data: 1 }, { data: 2 }]],
    ['in the middle', [{ data: 1 }, { data: 2 }, refused, { data: 3 }, { data: 4 }]],
    ['last', [{ data: 1 }, refused]],
    ['twice', [{ data: 1 }, refused, { data: 2 }, refused, refused, { data: 3 }]],
  ])('is set aside with its reason, and the events around it are kept: %s', async (_where, events) => {
    const session = await path.aSession()
    // In the same transaction, before and behind it.
    const bystanders = await Promise.all([path.aNeighbourOf(session), path.aNeighbourOf(session)])
    await session.append(1, 1, events)
    await session.append(1, events.length + 1, 2)
    for (const bystander of bystanders) await bystander.append(1, 1, 3)
    await session.flush()
    for (const bystander of bystanders) {
      await bystander.expectWhole(3)
      expect(await bystander.meta()).toMatchObject({ committedSeq: 3, bytes: 0 })
    }
    const rows = await session.expectWhole(events.length + 2)
    expect(rows.map((row) => row.type)).toEqual([
      ...events.map((e) => (e === refused ? 'quarantined' : 'custom:x')),
      'custom:x',
      'custom:x',
    ])
    const aside = await path.world.sql<{ seq: number; type: string; reason: string; original: Buffer }[]>`
      select seq::int, type, reason, original from quarantined_events
      where session_id = ${session.sessionId} order by seq`
    expect(aside).toHaveLength(events.filter((e) => e === refused).length)
    for (const row of aside) {
      expect(row).toMatchObject({ type: 'terminal_input', reason: 'SQLSTATE 23514' })
      expect(decodeEventLine(row.original.toString()).dataJson).toBe(JSON.stringify(refused.data))
      expect(rows[row.seq - 1]?.data).toEqual({
        code: '23514',
        claimedType: 'terminal_input',
        sizeBytes: row.original.length,
      })
    }
    expect(
      (await session.read()).events.filter((e) => e.type === 'quarantined').every((e) => e.checkpoint),
    ).toBe(true)
    expect(await session.meta()).toMatchObject({ bytes: 0, committedSeq: events.length + 2 })
    expect(await session.flush()).toBe(0)
  })

  test('a snapshot under a name that no index can hold', async () => {
    const session = await path.aSession()
    const random = seeded(7)
    const fileId = Array.from({ length: 1024 }, () => String.fromCharCode(0x4e00 + random() * 0x5000)).join(
      '',
    )
    await session.append(1, 1, [
      { data: 1 },
      { type: 'code_snapshot', data: { fileName: 'a', content: 'x' }, fileId },
      { type: 'code_snapshot', data: { fileName: 'a', content: 'x' }, fileId: 'a' },
    ])
    await session.flush()
    const rows = await session.expectWhole(3)
    expect(rows.map((row) => row.type)).toEqual(['custom:x', 'quarantined', 'code_snapshot'])
    expect(rows[1]?.data).toMatchObject({ code: '54000', claimedType: 'code_snapshot' })
  })

  test('after a long COPY that fails on the way, nothing of it is there twice', async () => {
    const session = await path.aSession()
    const data = 'x'.repeat(100_000)
    for (let i = 1; i <= 20; i++) await session.append(1, i, [{ data: i === 11 ? `${data}refuse me` : data }])
    await session.flush()
    const rows = await session.expectWhole(20)
    expect(rows.map((row) => row.type === 'quarantined')).toEqual(
      Array.from({ length: 20 }, (_, i) => i === 10),
    )
  })

  test.each([
    ['one batch', [[{ data: 1 }, { data: 2 }, refused, { data: 4 }]]],
    ['several', [[{ data: 1 }, { data: 2 }], [refused], [{ data: 4 }]]],
  ])('the close of such a session completes, and its archive is asked for: %s', async (_what, batches) => {
    const session = await path.aSession()
    let firstSeq = 1
    for (const batch of batches) {
      await session.append(1, firstSeq, batch)
      firstSeq += batch.length
    }
    await session.close()
    await session.flush()
    expect(await session.row()).toMatchObject({
      status: 'COMPLETED',
      archiveState: 'pending',
      // Completed once, by its last piece.
      archiveGeneration: 1,
      eventCount: 4,
    })
    expect(path.archivesDue).toContain(session.sessionId)
  })

  test('a session whose very row is refused does not stop the others of its shard', async () => {
    const bad = await path.aSession()
    const good = await path.aNeighbourOf(bad)
    await path.world.sql.unsafe(
      `alter table session_recordings add constraint stuck check (id <> '${bad.sessionId}' or event_count = 0)`,
    )
    try {
      await bad.append(1, 1, 2)
      await good.append(1, 1, 2)
      await expect(bad.flush()).rejects.toMatchObject({ kind: 'refused', code: '23514' })
      await good.expectWhole(2)
      expect((await good.meta()).committedSeq).toBe(2)
      await bad.expectWhole(0)
      expect((await path.buffer.read(bad.sessionId, 10))?.batches).toHaveLength(1)
    } finally {
      await path.world.sql.unsafe('alter table session_recordings drop constraint stuck')
    }
    await bad.flush()
    await bad.expectWhole(2)
  })

  test('nor one that has nothing to commit but its close', async () => {
    const bad = await path.aSession()
    const good = await path.aNeighbourOf(bad)
    await path.world.sql.unsafe(
      `alter table session_recordings add constraint stuck check (id <> '${bad.sessionId}' or status = 'ACTIVE')`,
    )
    try {
      await bad.close()
      await good.append(1, 1, 2)
      await expect(bad.flush()).rejects.toMatchObject({ kind: 'refused', code: '23514' })
      expect((await good.meta()).committedSeq).toBe(2)
    } finally {
      await path.world.sql.unsafe('alter table session_recordings drop constraint stuck')
    }
    await bad.flush()
    expect((await bad.row()).status).toBe('COMPLETED')
  })
})
