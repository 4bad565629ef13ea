import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toColumnText } from '../../db/text.js'
import { commitSessions } from '../../workers/flush/commit-sessions.js'
import { seeded } from '../support/generate.js'
import { openPath, type Path } from '../support/path-stores.js'
import { START_MS, type TestEvent } from '../support/stores.js'

let path: Path
beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path.close())
beforeEach(() => path.reset())

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
    const session = await path.aSession(2)
    await session.append(1, 1, 2)
    await session.append(2, 1, 3)
    await session.append(1, 3, 1)
    expect(await session.flush()).toBe(6)
    const rows = await session.expectWhole(6)
    expect(rows.map((row) => row.data)).toEqual(['1:1', '1:2', '2:1', '2:2', '2:3', '1:3'])
    expect(await session.watermarks()).toEqual([3, 3])
    expect(await session.meta()).toMatchObject({ headSeq: 6, committedSeq: 6, bytes: 0 })
    expect((await session.meta()).fields).toMatchObject({ c1: '3', c2: '3' })
    expect(await session.flush()).toBe(0)
    expect(await session.append(1, 4, 1)).toMatchObject({ kind: 'ok', committedSeq: 3, firstSessionSeq: 7 })
  })

  test('[R8] [I1] any text comes back as it went in, from the rows as from the buffer', async () => {
    const session = await path.aSession()
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
    expect(await session.flush()).toBe(events.length)
    expect((await session.read()).events).toEqual(buffered)
    // Text columns hold what they can, and say nothing else.
    const snapshots = await path.world.sql`
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
    const session = await path.aSession()
    await session.append(1, 1, [
      { type: 'test_run_start', data: { testCount: 1 }, fileId: 'a\tb\\c' },
      { type: 'cursor', data: { anchor: 1, head: 2 }, timestampMs: START_MS + 1.5e6, fileId: null },
    ])
    const before = (await session.read()).events
    await session.flush()
    const after = (await session.read()).events
    expect(after).toEqual(before)
    expect(after).toMatchObject([
      { seq: 1, type: 'test_run_start', timestamp: START_MS, fileId: 'a\tb\\c', checkpoint: true, source: 1 },
      { seq: 2, timestamp: START_MS + 1.5e6, fileId: null, checkpoint: false, sourceSeq: 2 },
    ])
  })

  test('a long COPY, far beyond one chunk of it, loses nothing', async () => {
    const session = await path.aSession()
    const long = 'é\\\n'.repeat(40_000)
    for (let i = 0; i < 20; i++) await session.append(1, i * 2 + 1, [{ data: `${i}${long}` }, { data: i }])
    expect(await session.flush()).toBe(40)
    expect((await session.rows()).map((r) => (r.data as string | number).toString().length)).toEqual(
      Array.from({ length: 40 }, (_, i) =>
        i % 2 === 0 ? long.length + String(i / 2).length : String((i - 1) / 2).length,
      ),
    )
  })

  test('a session larger than a round is drained in several', async () => {
    const session = await path.aSession()
    const data = 'x'.repeat(1_000_000)
    for (let i = 1; i <= 20; i++) await session.append(1, i, [{ data }])
    const rounds: number[] = []
    path.context.onCommitted = (events) => rounds.push(events)
    expect(await session.flush()).toBe(20)
    delete path.context.onCommitted
    expect(rounds.filter((events) => events > 0).length).toBeGreaterThan(1)
    await session.expectWhole(20)
  })
})

describe('[I3] whatever happens twice', () => {
  test('the worker dies between commit and trim: the next flush finds it done', async () => {
    const session = await path.aSession(2)
    await session.append(1, 1, 3)
    await session.append(2, 1, 1)
    const read = await path.buffer.read(session.sessionId, 100)
    const work = { sessionId: session.sessionId, epoch: read?.meta.epoch ?? 0, complete: false }
    await commitSessions(path.db, [{ ...work, batches: read?.batches ?? [] }])
    await session.expectWhole(4)
    expect((await session.read()).events.map((e) => e.seq)).toEqual([1, 2, 3, 4])
    // Nothing was trimmed. What comes meanwhile is behind it.
    await session.append(1, 4, 2)
    expect(await session.flush()).toBe(2)
    await session.expectWhole(6)
    expect(await session.meta()).toMatchObject({ committedSeq: 6, bytes: 0 })
    expect((await session.meta()).epoch).toBe(work.epoch)
  })

  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'two flushes of a shard at once, beside appends and resends (seed %i)',
    async (seed) => {
      const random = seeded(seed)
      const session = await path.aSession(3)
      const sent = [0, 0, 0, 0]
      const flushes: Promise<number>[] = []
      for (let i = 0; i < 30; i++) {
        const source = 1 + Math.floor(random() * 3)
        const back = Math.floor(random() * Math.min(4, sent[source] as number))
        const count = 1 + Math.floor(random() * 6)
        await session.append(source, (sent[source] as number) + 1 - back, count)
        sent[source] = Math.max(sent[source] as number, (sent[source] as number) - back + count)
        if (random() < 0.4) flushes.push(session.flush(), session.flush())
        if (random() < 0.3) await pause(1)
      }
      await Promise.all(flushes)
      await Promise.all([session.flush(), session.flush()])
      const rows = await session.expectWhole((sent[1] as number) + (sent[2] as number) + (sent[3] as number))
      for (const row of rows) expect(row.data).toBe(`${row.source}:${row.place}`)
      expect((await session.meta()).headSeq).toBe(rows.length)
    },
  )

  test('a worker that wakes up with an old reading of the buffer commits nothing twice and trims nothing new', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    const stale = await path.buffer.read(session.sessionId, 100)
    await session.append(1, 3, 2)
    await session.flush()
    await session.append(1, 5, 1)
    const commits = await commitSessions(path.db, [
      {
        sessionId: session.sessionId,
        epoch: stale?.meta.epoch ?? 0,
        batches: stale?.batches ?? [],
        complete: false,
      },
    ])
    expect(commits).toMatchObject([{ kind: 'committed', plan: { events: [] } }])
    await session.flush()
    await session.expectWhole(5)
  })
})

describe('typed rows', () => {
  test('agree with the log, and reading puts the text of a snapshot back in its place', async () => {
    const session = await path.aSession()
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
    await session.flush()
    await session.append(1, 4, events.slice(3))
    await session.flush()
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
      await path.world.sql`select seq::int, lines_added, lines_deleted, diff_from_previous as diff
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
      await path.world.sql`select seq::int, role, content, input_tokens::int from claude_interactions
      where session_id = ${of}`,
    ).toEqual([{ seq: 2, role: 'user', content: 'hi', input_tokens: 3 }])
    expect(
      await path.world.sql`select seq::int, test_name, passed, duration from test_results
      where session_id = ${of}`,
    ).toEqual([{ seq: 4, test_name: 't', passed: false, duration: 1.5 }])
  })

  test('[R7] a text in pieces is whole in its row, over a flush in between', async () => {
    const session = await path.aSession()
    const piece = (index: number, content: string): TestEvent => ({
      type: 'ai_interaction',
      data: { role: 'assistant', content, part: { id: 'p', index, count: 3 } },
    })
    await session.append(1, 1, [piece(0, 'one '), piece(1, 'two ')])
    await session.flush()
    await session.append(1, 3, [piece(2, 'three')])
    await session.flush()
    expect(
      await path.world.sql`select content, seq::int from claude_interactions
      where session_id = ${session.sessionId}`,
    ).toEqual([{ content: 'one two three', seq: 3 }])
  })
})
