import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSessionService } from '../../client-sdk/src/service.js'
import type {
  ClaudeInteractionPage,
  CodeSnapshotPage,
  CodeSnapshotView,
  TestResultPage,
} from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  // Nothing is flushed before it is asked for: what is not committed stays in the buffer.
  world = await makeWorld({ env: { FLUSH_DUE_MS: '600000', FLUSH_DUE_EVENTS: '100000' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

const START_MS = Date.now() - 3_600_000
let n = 0
const event = (type: string, data: object, fileId?: string) => ({
  type,
  timestamp: START_MS + ++n,
  data,
  ...(fileId === undefined ? {} : { fileId }),
})
const turn = (content: string, more: object = {}) =>
  event('ai_interaction', { role: 'user', content, ...more })
const save = (content: string, more: object = {}, path = 'a.ts') =>
  event('code_snapshot', { fileName: path, language: 'ts', content, ...more }, path)
const result = (testName: string, more: object = {}) =>
  event('test_result', { testName, passed: true, ...more })
const pieces = (type: string, id: string, datas: object[], fileId?: string) =>
  datas.map((data, index) => event(type, { ...data, part: { id, index, count: datas.length } }, fileId))

interface Reads {
  turns: ClaudeInteractionPage['claudeInteractions']
  snapshots: CodeSnapshotView[]
  results: TestResultPage['testResults']
}

async function readAll(session: RecordedSession, limit = 200): Promise<Reads> {
  const all = async <Page extends { nextAfterSeq: number | null }, Item>(
    path: string,
    itemsOf: (page: Page) => Item[],
  ) => {
    const items: Item[] = []
    for (let after: number | null = 0; after !== null; ) {
      const page: Page = await session.get<Page>(`/${path}?limit=${limit}&afterSeq=${after}`)
      expect(itemsOf(page).length).toBeLessThanOrEqual(limit)
      items.push(...itemsOf(page))
      after = page.nextAfterSeq
    }
    return items
  }
  return {
    turns: await all('claude-interactions', (page: ClaudeInteractionPage) => page.claudeInteractions),
    snapshots: await all('code-snapshots', (page: CodeSnapshotPage) => page.codeSnapshots),
    results: await all('test-results', (page: TestResultPage) => page.testResults),
  }
}

const first = [
  turn('why?\0\ud83d', { model: 'm', inputTokens: 3, outputTokens: 4, latency: 1.5, promptQuality: 2 }),
  save('one\n'),
  save('one\n'),
  result('adds', { passed: false, output: 'o\0', error: 'e\ud83d', duration: 2.5 }),
  ...pieces('ai_interaction', 'long', [
    { role: 'assistant', content: 'a ' },
    { role: 'assistant', content: 'b' },
  ]),
  save('two\nlines\n', { previousContent: 'from elsewhere\n' }),
  event('terminal_input', { command: 'ls' }),
]
/** Each of them ends what began among the first ones, or builds on it. */
const second = [
  ...pieces('test_result', 'half', [{ testName: 'slow', passed: true, output: 'x' }]).map((one) => ({
    ...one,
    data: { ...one.data, part: { id: 'half', index: 1, count: 2 } },
  })),
  save('two\nmore\nlines\n\ud83d'),
  save('kept\n', {}, 'b.ts'),
  ...pieces(
    'code_snapshot',
    'snap',
    [
      { fileName: 'c.ts', content: 'one\n', previousContent: '' },
      { fileName: 'c.ts', content: 'two\n' },
    ],
    'c.ts',
  ),
  turn('and now?'),
]
const lonePiece = event('test_result', {
  testName: 'slow',
  passed: true,
  output: 'begin ',
  part: { id: 'half', index: 0, count: 2 },
})

test('what is recorded reads the same from the buffer, from rows and from the archive', async () => {
  const session = await aRecordedSession(world, server)
  // Two tabs at once, and pieces of one that another's events stand between.
  await session.send('tab', [...first, lonePiece])
  await session.send('other', [turn('from the other tab'), save('three\n'), result('subtracts')])
  await session.send('tab', second)
  const buffered = await readAll(session)
  expect(await world.sql`select 1 from session_events where session_id = ${session.id}`).toHaveLength(0)

  await session.send('other', [event('terminal_input', { command: 'pwd' })], 'committed')
  const rows = await readAll(session)
  expect(rows).toEqual(buffered)
  expect(await readAll(session, 1)).toEqual(rows)

  await session.close()
  expect(await readAll(session)).toEqual(rows)
  await session.archived()
  await session.purge()
  expect(await readAll(session)).toEqual(rows)
  expect(await readAll(session, 1)).toEqual(rows)

  expect(rows.turns.map(({ seq, content, promptQuality }) => [seq, content, promptQuality])).toEqual([
    [1, 'why?\0\ud83d', 2],
    [6, 'a b', null],
    [10, 'from the other tab', null],
    [18, 'and now?', null],
  ])
  expect(rows.turns[0]).toEqual({
    seq: 1,
    timestamp: first[0]?.timestamp,
    source: 1,
    role: 'user',
    content: 'why?\0\ud83d',
    model: 'm',
    inputTokens: 3,
    outputTokens: 4,
    latency: 1.5,
    promptQuality: 2,
  }) // prettier-ignore
  expect(rows.results.map(({ seq, testName, output }) => [seq, testName, output])).toEqual([
    [4, 'adds', 'o\0'],
    [12, 'subtracts', null],
    [13, 'slow', 'begin x'],
  ])
  expect(
    rows.snapshots.map(({ seq, fileId, content, linesAdded, linesDeleted }) => [
      seq,
      fileId,
      content,
      linesAdded,
      linesDeleted,
    ]),
  ).toEqual([
    [2, 'a.ts', 'one\n', 1, 0],
    [7, 'a.ts', 'two\nlines\n', 2, 1],
    [11, 'a.ts', 'three\n', 1, 2],
    [14, 'a.ts', 'two\nmore\nlines\n\ud83d', 2, 0],
    [15, 'b.ts', 'kept\n', 1, 0],
    [17, 'c.ts', 'one\ntwo\n', 2, 0],
  ]) // prettier-ignore
  expect(rows.snapshots.map(({ diffFromPrevious }) => diffFromPrevious?.fromSeq)).toEqual([
    undefined,
    null,
    7,
    7,
    undefined,
    null,
  ]) // prettier-ignore
})

test('half in rows, half in the buffer: what is compared with the rows comes out as the flush will store it', async () => {
  const session = await aRecordedSession(world, server)
  await session.send('tab', [...first, lonePiece], 'committed')
  await session.send('tab', second)
  const half = await readAll(session)
  await session.send('other', [event('terminal_input', { command: 'pwd' })], 'committed')
  expect(await readAll(session)).toEqual(half)
  expect(half.results.at(-1)).toMatchObject({ testName: 'slow', output: 'begin x' })
})

test('[R13] a text that lacks a piece is left out, wherever reading begins', async () => {
  const session = await aRecordedSession(world, server)
  const [begin, middle, end] = pieces('ai_interaction', 'p', [
    { role: 'user', content: '1' },
    { role: 'user', content: '2' },
    { role: 'user', content: '3' },
  ])
  const events = [begin, end, begin, middle, turn('between'), end, begin, middle, end] as object[]
  await session.send('tab', events)
  const { turns } = await readAll(session)
  expect(turns.map(({ seq, content }) => [seq, content])).toEqual([
    [5, 'between'],
    [9, '123'],
  ])
  const whole = turns[1]
  for (const [after, expected] of [
    [1, turns],
    [5, [whole]],
    [6, [whole]],
    [8, [whole]],
    [9, []],
  ] as const) {
    const page = await session.get<ClaudeInteractionPage>(`/claude-interactions?afterSeq=${after}`)
    expect(page.claudeInteractions).toEqual(expected)
  }
})

test('[R7] a text of megabytes is whole from wherever reading begins; one that no page has room for says so', async () => {
  const session = await aRecordedSession(world, server)
  const recorder = createSessionService({ url: server.url, token: await world.token('service') })
  const long = 'long \ud83d'.repeat(200_000)
  await recorder.recordClaudeInteraction(session.id, { role: 'user', content: long })
  const { sourceSeq } = await recorder.recordTestResult(session.id, {
    testName: 'loud',
    passed: false,
    output: 'x'.repeat(17 * 1024 * 1024),
  })
  for (const wait of ['received', 'committed'] as const) {
    await recorder.flush({ wait })
    const { turns, results } = await readAll(session)
    expect(turns.map(({ content }) => content === long)).toEqual([true])
    const path = `/claude-interactions?afterSeq=${(turns[0]?.seq ?? 0) - 1}`
    expect((await session.get<ClaudeInteractionPage>(path)).claudeInteractions).toEqual(turns)
    const { timestamp, ...loud } = results[0] ?? {}
    expect(loud).toEqual({
      seq: sourceSeq,
      source: 1,
      testName: 'loud',
      passed: false,
      output: null,
      error: null,
      duration: null,
      tooLong: true,
    }) // prettier-ignore
    const tail = await session.get<TestResultPage>(`/test-results?afterSeq=${sourceSeq - 1}`)
    expect(tail.testResults).toEqual(results)
  }
  await recorder.close()
})

test('what a reviewer says of a prompt stands in the place of what was recorded', async () => {
  const session = await aRecordedSession(world, server)
  await session.send('tab', [turn('a', { promptQuality: 1 }), turn('b')], 'committed')
  const rate = (seq: number, promptQuality: number | null) =>
    world.call(server, 'PATCH', `/v1/sessions/${session.id}/claude-interactions/${seq}`, {
      body: { promptQuality },
    })
  const qualities = async () => (await readAll(session)).turns.map(({ promptQuality }) => promptQuality)
  expect(await qualities()).toEqual([1, null])
  await rate(1, 5)
  await rate(2, 3)
  expect(await qualities()).toEqual([5, 3])
  await rate(1, null)
  expect(await qualities()).toEqual([1, 3])
})

test('a turn that is not committed yet is rated at once: the rating has it committed', async () => {
  const session = await aRecordedSession(world, server)
  await session.send('tab', [
    { type: 'ai_interaction', timestamp: Date.now(), data: { role: 'user', content: 'why?' } },
  ])
  expect((await session.details()).eventCount).toBe(0)
  const path = `/v1/sessions/${session.id}/claude-interactions/1`
  const rated = await world.call(server, 'PATCH', path, { body: { promptQuality: 4 } })
  expect(rated).toMatchObject({ status: 200, body: { promptQuality: 4 } })
  expect((await session.details()).eventCount).toBe(1)
})

test('a proctor of the session reads, others do not', async () => {
  const session = await aRecordedSession(world, server)
  for (const path of ['/claude-interactions', '/code-snapshots', '/test-results']) {
    const statusFor = async (token: string) => (await session.read(path, token)).status
    expect(await statusFor(await world.token('proctor', session.id))).toBe(200)
    expect(await statusFor(session.created.candidateToken)).toBe(403)
    const elsewhere = await world.token('proctor', '00000000-0000-4000-8000-000000000000')
    expect(await statusFor(elsewhere)).toBe(404)
    expect((await session.read(`${path}?limit=0`)).status).toBe(400)
  }
})
