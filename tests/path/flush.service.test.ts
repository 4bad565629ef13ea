import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventBuffer } from '../../db/buffer/event-buffer.js'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import type { Database } from '../../db/connect.js'
import { startEpoch } from '../../db/epochs.js'
import { readEvents } from '../../db/read-events.js'
import { createSession, getSession, identityOf, registerSource, requestClose } from '../../db/sessions.js'
import { toColumnText } from '../../db/text.js'
import { commitSessions } from '../../workers/flush/commit-sessions.js'
import { type FlushContext, flushShard } from '../../workers/flush/flush-shard.js'
import { seeded } from '../support/generate.js'
import { anId, batchOf, openBuffer, openTestDatabase, START_MS, type TestEvent } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let db: Database & AsyncDisposable
let buffer: EventBuffer & AsyncDisposable
let nowMs: number
let archivesDue: string[]
let context: FlushContext

beforeAll(async () => {
  world = await makeWorld()
  db = openTestDatabase(world.databaseUrl)
  buffer = await openBuffer(world.redisUrl, world.prefix)
  context = {
    db,
    buffer,
    policy: { closeGraceMs: 60_000 },
    clock: () => nowMs,
    onArchiveDue: async (sessionId) => {
      archivesDue.push(sessionId)
    },
  }
  // Stands for whatever PostgreSQL may one day refuse of an event.
  await world.sql.unsafe(
    `alter table session_events add constraint refuses check (data::text not like '%refuse me%')`,
  )
})
afterAll(async () => {
  await db[Symbol.asyncDispose]()
  await buffer[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})
beforeEach(() => {
  nowMs = START_MS
  archivesDue = []
})

/** A session with `sources` writers that are let in, and short words for what happens to it. */
async function aSession(sources = 1) {
  const { row } = await createSession(db, { candidateId: anId() })
  const sessionId = row.id
  const identity = (n: number) => ({ role: 'candidate' as const, sub: 'c', sourceId: `s${n}` })
  for (let n = 1; n <= sources; n++) await registerSource(db, sessionId, identity(n), null)
  let epoch = (await startEpoch(db, buffer, context.policy, sessionId, 0, nowMs)) as number
  const shard = buffer.keys.shardOf(sessionId)
  const self = {
    sessionId,
    identity,
    shard,
    append: async (source: number, firstSeq: number, events: number | TestEvent[]) => {
      const batch = batchOf({ sessionId, epoch, source, firstSeq }, events)
      const [answer] = await buffer.append(shard, [batch], nowMs)
      return answer
    },
    /** What a gateway does whose batch ran into another epoch. */
    catchUp: async () => {
      epoch = (await self.meta()).epoch
      return epoch
    },
    meta: async () => {
      const meta = await buffer.meta(sessionId)
      if (meta === null) throw new Error('the buffer does not know the session')
      return meta
    },
    row: async () => {
      const found = await getSession(db, sessionId)
      if (found === null) throw new Error('no such session')
      return found
    },
    rows: () =>
      world.sql<{ seq: number; type: string; source: number; place: number; data: unknown }[]>`
        select seq::int, type, source, source_seq::int as place, data from session_events
        where session_id = ${sessionId} order by seq`,
    watermarks: async () => {
      const found = await world.sql<{ source: number; seq: number }[]>`
        select source, committed_seq::int as seq from session_sources
        where session_id = ${sessionId} order by source`
      return found.map((s) => s.seq)
    },
    read: () => readEvents(db, buffer, sessionId, { afterSeq: 0, limit: 5000 }),
    close: async (at = nowMs) => {
      await requestClose(db, sessionId, 'COMPLETED', new Date(at))
      await buffer.seal(sessionId, at, at + context.policy.closeGraceMs, nowMs)
    },
    photograph: async () => {
      const keys = [buffer.keys.meta(shard, sessionId), buffer.keys.stream(shard, sessionId)]
      const dumps = await Promise.all(keys.map((key) => buffer.redis.dumpBuffer(key)))
      return async () => {
        await buffer.redis.del(...keys)
        for (const [i, key] of keys.entries()) if (dumps[i]) await buffer.redis.restore(key, 0, dumps[i])
        await buffer.makeDue(sessionId, nowMs)
      }
    },
  }
  return self
}
type Session = Awaited<ReturnType<typeof aSession>>

/** Flushes the session's shard as if all that is buffered had been due. */
const flush = (session: Session) => {
  nowMs += 60_000
  return flushShard(context, session.shard)
}

/** [I3] seqs 1…n, each source in its own order without hole or double, and the row's count agrees. */
async function expectWhole(session: Session, count: number) {
  const rows = await session.rows()
  expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  const next = new Map<number, number>()
  for (const { source, place, type } of rows) {
    if (source !== 0 && type !== 'gap') expect([source, place]).toEqual([source, (next.get(source) ?? 0) + 1])
    next.set(source, place)
  }
  expect((await session.row()).eventCount).toBe(count)
  return rows
}

const NASTY = [
  'a\0b',
  '\ud83d',
  '\udfff!',
  'tab\tline\nreturn\rback\\slash',
  '\u2028\u2029',
  '😀é日',
  '\\N',
  '\\.',
  '"',
]

describe('a flush', () => {
  test('[I3] writes what was appended, in order, and leaves the buffer empty', async () => {
    const session = await aSession(2)
    await session.append(1, 1, 2)
    await session.append(2, 1, 3)
    await session.append(1, 3, 1)
    expect(await flush(session)).toBe(6)
    const rows = await expectWhole(session, 6)
    expect(rows.map((row) => row.data)).toEqual(['1:1', '1:2', '2:1', '2:2', '2:3', '1:3'])
    expect(await session.watermarks()).toEqual([3, 3])
    expect(await session.meta()).toMatchObject({ headSeq: 6, committedSeq: 6, bytes: 0 })
    expect((await session.meta()).fields).toMatchObject({ c1: '3', c2: '3' })
    expect(await flush(session)).toBe(0)
    expect(await session.append(1, 4, 1)).toMatchObject({ kind: 'ok', committedSeq: 3, firstSessionSeq: 7 })
  })

  test('[R8] [I1] any text comes back as it went in, from the rows as from the buffer', async () => {
    const session = await aSession()
    const events = NASTY.flatMap((text): TestEvent[] => [
      { type: 'terminal_stream', data: { channel: 'o', data: text } },
      { type: 'custom:x', data: { [text]: [text] }, fileId: text },
      { type: 'code_snapshot', data: { fileName: text, content: text }, fileId: text },
      { type: 'code_snapshot', data: { fileName: text, content: `${text}\n${text}` }, fileId: text },
      { type: 'ai_interaction', data: { role: 'user', content: text, model: text } },
      { type: 'test_result', data: { testName: text, passed: true, output: text, error: text } },
    ])
    await session.append(1, 1, events)
    const buffered = (await session.read()).events
    expect(buffered.map((e) => [e.type, e.data, e.fileId])).toEqual(
      events.map((e) => [e.type, e.data, e.fileId ?? null]),
    )
    expect(await flush(session)).toBe(events.length)
    expect((await session.read()).events).toEqual(buffered)
    // Text columns hold what they can, and say nothing else.
    const snapshots = await world.sql`
      select file_id, full_content, content_original from code_snapshots
      where session_id = ${session.sessionId} order by seq`
    expect(snapshots).toHaveLength(2 * NASTY.length)
    for (const [i, row] of snapshots.entries()) {
      const text = NASTY[i >> 1] as string
      const content = i % 2 === 0 ? text : `${text}\n${text}`
      expect(row).toEqual({
        file_id: toColumnText(text),
        full_content: toColumnText(content),
        content_original: toColumnText(content) === content ? null : content,
      })
    }
  })

  test('whole rows are what was sent: times, flags, checkpoints, sources', async () => {
    const session = await aSession()
    await session.append(1, 1, [
      { type: 'test_run_start', data: { testCount: 1 }, fileId: 'a\tb\\c' },
      { type: 'cursor', data: { anchor: 1, head: 2 }, timestampMs: START_MS + 1.5e6, fileId: null },
    ])
    const before = (await session.read()).events
    await flush(session)
    const after = (await session.read()).events
    expect(after).toEqual(before)
    expect(after).toMatchObject([
      { seq: 1, type: 'test_run_start', timestamp: START_MS, fileId: 'a\tb\\c', checkpoint: true, source: 1 },
      { seq: 2, timestamp: START_MS + 1.5e6, fileId: null, checkpoint: false, sourceSeq: 2 },
    ])
  })

  test('a long COPY, far beyond one chunk of it, loses nothing', async () => {
    const session = await aSession()
    const long = 'é\\\n'.repeat(40_000)
    for (let i = 0; i < 20; i++) await session.append(1, i * 2 + 1, [{ data: `${i}${long}` }, { data: i }])
    expect(await flush(session)).toBe(40)
    expect((await session.rows()).map((r) => (r.data as string | number).toString().length)).toEqual(
      Array.from({ length: 40 }, (_, i) =>
        i % 2 === 0 ? long.length + String(i / 2).length : String((i - 1) / 2).length,
      ),
    )
  })

  test('a session larger than a round is drained in several', async () => {
    const session = await aSession()
    const data = 'x'.repeat(1_000_000)
    for (let i = 1; i <= 20; i++) await session.append(1, i, [{ data }])
    expect(await flush(session)).toBe(20)
    await expectWhole(session, 20)
  })
})

describe('[I3] whatever happens twice', () => {
  test('the worker dies between commit and trim: the next flush finds it done', async () => {
    const session = await aSession(2)
    await session.append(1, 1, 3)
    await session.append(2, 1, 1)
    const read = await buffer.read(session.sessionId, 100)
    const work = { sessionId: session.sessionId, epoch: read?.meta.epoch ?? 0, complete: false }
    await commitSessions(db, [{ ...work, batches: read?.batches ?? [] }])
    await expectWhole(session, 4)
    // Nothing was trimmed. What comes meanwhile is behind it.
    await session.append(1, 4, 2)
    expect(await flush(session)).toBe(2)
    await expectWhole(session, 6)
    expect(await session.meta()).toMatchObject({ committedSeq: 6, bytes: 0 })
    expect((await session.meta()).epoch).toBe(work.epoch)
  })

  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'two flushes of a shard at once, beside appends and resends (seed %i)',
    async (seed) => {
      const random = seeded(seed)
      const session = await aSession(3)
      const sent = [0, 0, 0, 0]
      const flushes: Promise<number>[] = []
      for (let i = 0; i < 30; i++) {
        const source = 1 + Math.floor(random() * 3)
        const back = Math.floor(random() * Math.min(4, sent[source] as number))
        const count = 1 + Math.floor(random() * 6)
        await session.append(source, (sent[source] as number) + 1 - back, count)
        sent[source] = Math.max(sent[source] as number, (sent[source] as number) - back + count)
        if (random() < 0.4) flushes.push(flush(session), flush(session))
        if (random() < 0.3) await pause(1)
      }
      await Promise.all(flushes)
      await Promise.all([flush(session), flush(session)])
      const rows = await expectWhole(session, (sent[1] as number) + (sent[2] as number) + (sent[3] as number))
      for (const row of rows) expect(row.data).toBe(`${row.source}:${row.place}`)
      expect((await session.meta()).headSeq).toBe(rows.length)
    },
  )

  test('a worker that wakes up with an old reading of the buffer commits nothing twice and trims nothing new', async () => {
    const session = await aSession()
    await session.append(1, 1, 2)
    const stale = await buffer.read(session.sessionId, 100)
    await session.append(1, 3, 2)
    await flush(session)
    await session.append(1, 5, 1)
    const commits = await commitSessions(db, [
      {
        sessionId: session.sessionId,
        epoch: stale?.meta.epoch ?? 0,
        batches: stale?.batches ?? [],
        complete: false,
      },
    ])
    expect(commits).toMatchObject([{ kind: 'committed', plan: { events: [] } }])
    await flush(session)
    await expectWhole(session, 5)
  })
})

describe('[R3] buffer and rows of different lives', () => {
  test('Redis came back older: a new epoch, and every event once', async () => {
    const session = await aSession()
    await session.append(1, 1, 2)
    const goBack = await session.photograph()
    await session.append(1, 3, 2)
    await flush(session)
    await goBack()
    // The tab goes on from what this Redis tells it, and resends what it had sent already.
    await session.append(1, 3, 3)
    await flush(session)
    await expectWhole(session, 5)
    expect((await session.meta()).headSeq).toBe(5)
  })

  test('promised seqs that come out otherwise start a new epoch, also where the one who saw it died', async () => {
    const session = await aSession(2)
    await session.append(1, 1, 1)
    const goBack = await session.photograph()
    await session.append(2, 1, 4)
    await flush(session)
    await goBack()
    const old = (await session.meta()).epoch
    expect(await session.append(1, 2, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 2 })
    const read = await buffer.read(session.sessionId, 100)
    const [commit] = await commitSessions(db, [
      { sessionId: session.sessionId, epoch: old, batches: read?.batches ?? [], complete: false },
    ])
    expect(commit).toMatchObject({ plan: { renumbered: true } })
    // Here the worker dies. The next one finds everything committed.
    expect(await flush(session)).toBe(0)
    expect((await session.meta()).epoch).toBe(old + 1)
    expect(await session.meta()).toMatchObject({ headSeq: 6, committedSeq: 6 })
    await expectWhole(session, 6)
  })

  test('PostgreSQL is an epoch ahead, as after a death on the way to Redis: the move is completed', async () => {
    const session = await aSession()
    await session.append(1, 1, 2)
    await world.sql`update session_recordings set epoch = epoch + 3 where id = ${session.sessionId}`
    expect(await flush(session)).toBe(2)
    expect((await session.meta()).epoch).toBe((await session.row()).epoch)
    await expectWhole(session, 2)
  })

  test('PostgreSQL is an epoch behind, as after a restore: both go beyond', async () => {
    const session = await aSession()
    await session.append(1, 1, 2)
    const epoch = (await session.meta()).epoch
    await world.sql`update session_recordings set epoch = 0 where id = ${session.sessionId}`
    expect(await flush(session)).toBe(2)
    expect((await session.row()).epoch).toBe(epoch + 1)
    expect((await session.meta()).epoch).toBe(epoch + 1)
    await expectWhole(session, 2)
  })

  test('[R13] PostgreSQL restored to before a source: it is known again, and nothing is written without one', async () => {
    const session = await aSession(2)
    await session.append(1, 1, 2)
    await session.append(2, 1, 2)
    await flush(session)
    await session.append(2, 3, 2)
    // As the backup knew it: one source, two events.
    await world.sql`delete from session_events where session_id = ${session.sessionId} and seq > 2`
    await world.sql`delete from session_sources where session_id = ${session.sessionId} and source = 2`
    await world.sql`
      update session_recordings set event_count = 2, next_source = 2 where id = ${session.sessionId}`
    await flush(session)
    await expectWhole(session, 2)
    expect(await session.watermarks()).toEqual([2, 0])
    expect([...(await buffer.heldFrom(session.sessionId))]).toEqual([[2, 3]])
    // The tab that still has all of it sends it again.
    await session.catchUp()
    expect(await session.append(2, 1, 2)).toMatchObject({ kind: 'ok', receivedSeq: 2 })
    await flush(session)
    await startEpoch(db, buffer, context.policy, session.sessionId, await session.catchUp(), nowMs)
    await flush(session)
    await expectWhole(session, 6)
  })

  test('[R1] two sources that were given one number never mix', async () => {
    const session = await aSession(2)
    await session.append(2, 1, 3)
    await world.sql`delete from session_sources where session_id = ${session.sessionId} and source = 2`
    await world.sql`update session_recordings set next_source = 2 where id = ${session.sessionId}`
    const other = { role: 'candidate' as const, sub: 'c', sourceId: 'other' }
    expect(await registerSource(db, session.sessionId, other, null)).toMatchObject({ source: 2 })
    const epoch = await session.catchUp()
    const admit = (epoch: number) =>
      buffer.admit(
        session.sessionId,
        epoch,
        { source: 2, identity: identityOf(other), committedSeq: 0 },
        'none',
        nowMs,
      )
    expect(await admit(epoch)).toBe('taken')
    await startEpoch(db, buffer, context.policy, session.sessionId, epoch, nowMs)
    expect(await admit(await session.catchUp())).toMatchObject({ receivedSeq: 0 })
    await session.append(2, 1, [{ data: 'other' }])
    await flush(session)
    expect((await expectWhole(session, 1)).map((row) => row.data)).toEqual(['other'])
  })
})

describe('[R6] a hole', () => {
  test('is never closed over: what is before it goes in, what is behind it waits', async () => {
    const session = await aSession(2)
    await session.append(1, 1, 2)
    await session.append(1, 3, 1)
    await session.append(2, 1, 1)
    await session.append(1, 4, 1)
    await buffer.redis.xdel(buffer.keys.stream(session.shard, session.sessionId), '1-3')
    await flush(session)
    await expectWhole(session, 3)
    expect(await session.watermarks()).toEqual([2, 1])
    expect([...(await buffer.heldFrom(session.sessionId))]).toEqual([[1, 4]])
    await session.catchUp()
    expect(await session.append(1, 5, 1)).toEqual({ kind: 'gap', expectedSeq: 3 })
    await session.append(1, 3, 3)
    await flush(session)
    expect((await expectWhole(session, 6)).map((row) => row.data)).toEqual([
      '1:1',
      '1:2',
      '2:1',
      '1:3',
      '1:4',
      '1:5',
    ])
  })
})

describe('[R5] [I7] what PostgreSQL refuses', () => {
  const refused: TestEvent = { type: 'terminal_input', data: { command: 'refuse me' } }

  test.each([
    ['alone', [refused]],
    ['first', [refused, { data: 1 }, { data: 2 }]],
    ['in the middle', [{ data: 1 }, { data: 2 }, refused, { data: 3 }, { data: 4 }]],
    ['last', [{ data: 1 }, refused]],
    ['twice', [{ data: 1 }, refused, { data: 2 }, refused, refused, { data: 3 }]],
  ])('is set aside with its reason, and the events around it are kept: %s', async (_where, events) => {
    const session = await aSession()
    const bystander = await aSession()
    await session.append(1, 1, events)
    await session.append(1, events.length + 1, 2)
    await bystander.append(1, 1, 3)
    await flush(session)
    await flush(bystander)
    await expectWhole(bystander, 3)
    const rows = await expectWhole(session, events.length + 2)
    expect(rows.map((row) => row.type)).toEqual([
      ...events.map((e) => (e === refused ? 'quarantined' : 'custom:x')),
      'custom:x',
      'custom:x',
    ])
    const aside = await world.sql<{ seq: number; type: string; reason: string; original: Buffer }[]>`
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
    expect(await flush(session)).toBe(0)
  })

  test('a snapshot under a name that no index can hold', async () => {
    const session = await aSession()
    const random = seeded(7)
    const fileId = Array.from({ length: 1024 }, () => String.fromCharCode(0x4e00 + random() * 0x5000)).join(
      '',
    )
    await session.append(1, 1, [
      { data: 1 },
      { type: 'code_snapshot', data: { fileName: 'a', content: 'x' }, fileId },
      { type: 'code_snapshot', data: { fileName: 'a', content: 'x' }, fileId: 'a' },
    ])
    await flush(session)
    const rows = await expectWhole(session, 3)
    expect(rows.map((row) => row.type)).toEqual(['custom:x', 'quarantined', 'code_snapshot'])
    expect(rows[1]?.data).toMatchObject({ code: '54000', claimedType: 'code_snapshot' })
  })

  test('after a long COPY that fails on the way, nothing of it is there twice', async () => {
    const session = await aSession()
    const data = 'x'.repeat(100_000)
    for (let i = 1; i <= 20; i++) await session.append(1, i, [{ data: i === 11 ? `${data}refuse me` : data }])
    await flush(session)
    const rows = await expectWhole(session, 20)
    expect(rows.map((row) => row.type === 'quarantined')).toEqual(
      Array.from({ length: 20 }, (_, i) => i === 10),
    )
  })

  test('the close of such a session completes, and its archive is asked for', async () => {
    const session = await aSession()
    await session.append(1, 1, [{ data: 1 }, refused, { data: 2 }])
    await session.close()
    await flush(session)
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', archiveState: 'pending', eventCount: 3 })
    expect(archivesDue).toContain(session.sessionId)
  })

  test('a session whose very row is refused does not stop the others of its shard', async () => {
    const bad = await aSession()
    let good = await aSession()
    while (good.shard !== bad.shard) good = await aSession()
    await world.sql.unsafe(
      `alter table session_recordings add constraint stuck check (id <> '${bad.sessionId}' or event_count = 0)`,
    )
    try {
      await bad.append(1, 1, 2)
      await good.append(1, 1, 2)
      nowMs += 60_000
      await flushShard(context, bad.shard).catch(() => {})
      await expectWhole(good, 2)
      expect((await good.meta()).committedSeq).toBe(2)
      await expectWhole(bad, 0)
      expect((await buffer.read(bad.sessionId, 10))?.batches).toHaveLength(1)
    } finally {
      await world.sql.unsafe('alter table session_recordings drop constraint stuck')
    }
    await flush(bad)
    await expectWhole(bad, 2)
  })
})

describe('typed rows', () => {
  test('agree with the log, and reading puts the text of a snapshot back in its place', async () => {
    const session = await aSession()
    const snapshot = (content: string): TestEvent => ({
      type: 'code_snapshot',
      fileId: 'a.py',
      data: { fileName: 'a.py', language: 'python', content, extra: 1 },
    })
    const events = [
      snapshot('a\nb\n'),
      { type: 'ai_interaction', data: { role: 'user', content: 'hi', inputTokens: 3 } },
      snapshot('a\nb\n'),
      { type: 'test_result', data: { testName: 't', passed: false, duration: 1.5 } },
      snapshot('a\nc\n'),
    ]
    await session.append(1, 1, events.slice(0, 3))
    await flush(session)
    await session.append(1, 4, events.slice(3))
    await flush(session)
    expect((await session.read()).events.map((e) => e.data)).toEqual(events.map((e) => e.data))
    const rows = await session.rows()
    expect(rows.map((row) => (row.data as { content?: unknown }).content)).toEqual([
      { $snapshot: 1 },
      'hi',
      { $snapshot: 1 },
      undefined,
      { $snapshot: 5 },
    ])
    const of = session.sessionId
    expect(
      await world.sql`select seq::int, lines_added, lines_deleted, diff_from_previous as diff
      from code_snapshots where session_id = ${of} order by seq`,
    ).toEqual([
      { seq: 1, lines_added: 2, lines_deleted: 0, diff: null },
      {
        seq: 5,
        lines_added: 1,
        lines_deleted: 1,
        diff: {
          fromSeq: 1,
          lines: [
            ['=', 1],
            ['-', ['b\n']],
            ['+', ['c\n']],
          ],
        }, // prettier-ignore
      },
    ])
    expect(
      await world.sql`select seq::int, role, content, input_tokens::int from claude_interactions
      where session_id = ${of}`,
    ).toEqual([{ seq: 2, role: 'user', content: 'hi', input_tokens: 3 }])
    expect(
      await world.sql`select seq::int, test_name, passed, duration from test_results
      where session_id = ${of}`,
    ).toEqual([{ seq: 4, test_name: 't', passed: false, duration: 1.5 }])
  })

  test('[R7] a text in pieces is whole in its row, over a flush in between', async () => {
    const session = await aSession()
    const piece = (index: number, content: string): TestEvent => ({
      type: 'ai_interaction',
      data: { role: 'assistant', content, part: { id: 'p', index, count: 3 } },
    })
    await session.append(1, 1, [piece(0, 'one '), piece(1, 'two ')])
    await flush(session)
    await session.append(1, 3, [piece(2, 'three')])
    await flush(session)
    expect(
      await world.sql`select content, seq::int from claude_interactions
      where session_id = ${session.sessionId}`,
    ).toEqual([{ content: 'one two three', seq: 3 }])
  })
})

describe('[R12] closing', () => {
  test('is complete with the last flush, at the time it was asked for', async () => {
    const session = await aSession()
    await session.append(1, 1, 2)
    const startMs = (await session.row()).startTime.getTime()
    await session.close(startMs + 90_400)
    await flush(session)
    expect(await session.row()).toMatchObject({
      status: 'COMPLETED',
      endTime: new Date(startMs + 90_400),
      duration: 90,
      eventCount: 2,
      archiveState: 'pending',
      archiveGeneration: 1,
    })
    expect(archivesDue).toEqual([session.sessionId])
    await flush(session)
    expect((await session.row()).archiveGeneration).toBe(1)
  })

  test('of a session without events', async () => {
    const session = await aSession()
    await session.close()
    await flush(session)
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 0 })
  })

  test('late events make a new generation of the archive, and are marked', async () => {
    const session = await aSession()
    await session.append(1, 1, 2)
    await session.close()
    await flush(session)
    nowMs = START_MS + 30_000
    expect(await session.append(1, 3, 1)).toMatchObject({ kind: 'ok', late: true })
    archivesDue = []
    await flush(session)
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 3, archiveGeneration: 2 })
    expect(archivesDue).toEqual([session.sessionId])
    const { events } = await session.read()
    expect(events.map((e) => e.flags)).toEqual([undefined, undefined, ['late']])
  })

  test('[R6] waits for what is held behind a hole', async () => {
    const session = await aSession()
    await session.append(1, 1, 1)
    await session.append(1, 2, 1)
    await session.append(1, 3, 1)
    await buffer.redis.xdel(buffer.keys.stream(session.shard, session.sessionId), '1-2')
    await session.close()
    await flush(session)
    await flush(session)
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', eventCount: 1 })
    await session.catchUp()
    // Made before the close and sent again within the grace.
    nowMs = START_MS + 1000
    await session.append(1, 2, 2)
    await flush(session)
    expect(await session.row()).toMatchObject({ status: 'COMPLETED', eventCount: 3 })
  })

  test('a flush that read before the seal does not complete it', async () => {
    const session = await aSession()
    await session.append(1, 1, 1)
    await requestClose(db, session.sessionId, 'COMPLETED', new Date(nowMs))
    await flush(session)
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', eventCount: 1 })
  })
})

describe('a session that was deleted', () => {
  test('leaves nothing, and stops no other', async () => {
    const session = await aSession()
    let other = await aSession()
    while (other.shard !== session.shard) other = await aSession()
    await session.append(1, 1, [
      { type: 'code_snapshot', data: { fileName: 'a', content: 'x' } },
      { data: 1 },
    ])
    await flush(session)
    await session.append(1, 3, 1)
    await other.append(1, 1, 1)
    await world.sql`delete from session_recordings where id = ${session.sessionId}`
    await flush(session)
    await expectWhole(other, 1)
    expect(await buffer.meta(session.sessionId)).toBeNull()
    for (const table of ['session_events', 'session_sources', 'code_snapshots', 'quarantined_events']) {
      const left = await world.sql`select 1 from ${world.sql(table)} where session_id = ${session.sessionId}`
      expect([table, left.length]).toEqual([table, 0])
    }
  })

  test('no event is ever committed without its session, and none moves to another', async () => {
    const session = await aSession()
    const insert = (id: string, seq: number) => world.sql`
      insert into session_events (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
      values (${id}, ${seq}, 'custom:x', now(), '1', false, 1, 1, now())`
    await expect(insert(anId(), 1)).rejects.toMatchObject({ code: '23503' })
    await insert(session.sessionId, 1)
    await expect(
      world.sql`update session_events set session_id = ${anId()} where session_id = ${session.sessionId}`,
    ).rejects.toMatchObject({ code: '23000' })
    await expect(
      world.sql`update session_events set seq = 2 where session_id = ${session.sessionId}`,
    ).rejects.toMatchObject({ code: '23000' })
  })

  test('a delete waits for a flush that has begun, and takes its events along', async () => {
    const session = await aSession()
    const deleting = await db.sql.begin(async (tx) => {
      await tx`
        insert into session_events (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
        values (${session.sessionId}, 1, 'custom:x', now(), '1', false, 1, 1, now())`
      const deletion = world.sql`delete from session_recordings where id = ${session.sessionId}`.execute()
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
