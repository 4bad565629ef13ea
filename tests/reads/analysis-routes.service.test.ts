import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  CreatedSessionView,
  ExplanationView,
  SessionStats,
  SessionTimeline,
} from '../../protocol/http/index.js'
import { METRICS, metricsOf } from '../../replay/analysis/index.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let session: RecordedSession
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '600000', FLUSH_DUE_EVENTS: '100000' } })
  server = await world.startServer()
  await world.startWorker()
  session = await aRecordedSession(world, server)
  await session.send('tab', interview.slice(0, 30), 'committed')
  await session.send('tab', interview.slice(30))
})
afterAll(() => world[Symbol.asyncDispose]())

const START_MS = Date.now() - 3_600_000
const interview = Array.from({ length: 12 }, (_, round) => {
  const at = (n: number) => START_MS + round * 90_000 + n * 1000
  return [
    {
      type: 'terminal_input',
      timestamp: at(0),
      data: { command: round % 2 ? 'git status' : 'sudo npx vitest | tee x' },
    },
    {
      type: 'code_edit',
      timestamp: at(1),
      fileId: 'a.ts',
      data: { changes: [[0, 0, 'let a\n']], origin: 'typed' },
    },
    { type: 'paste', timestamp: at(2), fileId: 'a.ts', data: { lengthChars: 5 } },
    {
      type: 'code_edit',
      timestamp: at(2),
      fileId: 'a.ts',
      data: { changes: [[0, 0, '12345']], origin: 'paste' },
    },
    {
      type: 'code_snapshot',
      timestamp: at(3),
      fileId: 'b.ts',
      data: { fileName: 'b.ts', content: `${round}\nx\n` },
    },
    {
      type: 'test_result',
      timestamp: at(4),
      data: { testName: 't', passed: round > 3, duration: 10 * round },
    },
    {
      type: 'ai_interaction',
      timestamp: at(5),
      data: { role: 'user', content: 'why?', inputTokens: 7, promptQuality: 2 },
    },
    { type: 'window_blur', timestamp: at(6), data: {} },
    { type: 'window_focus', timestamp: at(9), data: {} },
  ]
}).flat()

interface Refusal {
  error: { code: string; message: string }
}
const refusedAs = async (path: string, token?: string): Promise<[number, string]> => {
  const { status, body } = await session.read<Refusal>(path, token)
  return [status, body.error?.code]
}

describe('the events that made a number', () => {
  const summed = Object.entries(METRICS).filter(([, { combines }]) => combines === 'sum')

  test.each(summed)('%s is the sum of their shares', async (metric) => {
    const value = metricsOf(await session.get<SessionStats>('/stats'))[metric]
    const { contributions, nextAfterSeq } = await session.get<ExplanationView>(
      `/stats/explain?metric=${metric}&limit=1000`,
    )
    expect(nextAfterSeq).toBeNull()
    const amounts = contributions.map(({ amount }) => amount)
    if (!amounts.includes(null))
      expect(amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0)).toBeCloseTo(value ?? 0, 6)
    const seqs = contributions.map(({ seq }) => seq)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
  })

  test('of one file are those of its numbers in the lists', async () => {
    const { fileChanges } = await session.get<SessionStats>('/stats')
    const [file] = fileChanges.mostEditedFiles
    if (file === undefined) throw new Error('a file was edited')
    const { contributions } = await session.get<ExplanationView>(
      `/stats/explain?metric=fileChanges.mostEditedFiles.edits&filePath=${encodeURIComponent(file.filePath)}&limit=1000`,
    )
    expect(contributions.map(({ type }) => type)).toEqual(Array(file.edits).fill('code_edit'))
  })

  test('come page by page, each once', async () => {
    const metric = 'terminalActivity.totalCommands'
    const whole = await session.get<ExplanationView>(`/stats/explain?metric=${metric}`)
    expect(whole.contributions).toHaveLength(12)
    expect(whole.contributions[0]).toEqual({ seq: 1, timestamp: START_MS, type: 'terminal_input', amount: 1 })
    const found: ExplanationView['contributions'] = []
    for (let after: number | null = 0; after !== null; ) {
      const path = `/stats/explain?metric=${metric}&limit=5&afterSeq=${after}`
      const page: ExplanationView = await session.get<ExplanationView>(path)
      expect(page.contributions.length).toBeLessThanOrEqual(5)
      found.push(...page.contributions)
      after = page.nextAfterSeq
    }
    expect(found).toEqual(whole.contributions)
  })

  test.each(['nothing', '__proto__', 'constructor', 'fileChanges', 'testExecution.runs'])(
    'are not there of %s, which is no number',
    async (metric) => {
      expect(await refusedAs(`/stats/explain?metric=${metric}`)).toEqual([400, 'VALIDATION'])
    },
  )
})

describe('ratings', () => {
  const quality = async () =>
    (await session.get<SessionStats>('/stats')).claudeInteractions.averagePromptQuality
  const rate = (targetSeq: number, value: number | null) => world.sql`
    insert into annotations (session_id, kind, text, author, at, target_seq, value, retracted)
    values (${session.id}, 'rating', '', 'reviewer', now(), ${targetSeq}, ${value}, ${value === null})`

  test('stand in the place of what the event says, the last one of each', async () => {
    expect(await quality()).toBe(2)
    await rate(7, 5)
    await rate(7, 4)
    expect(await quality()).toBeCloseTo(2 + 2 / 12)
    await rate(7, null)
    expect(await quality()).toBe(2)
  })
})

describe('parts that are not there', () => {
  test.each(['1', '99', '-1', '0.5', 'x', '1e0', '99999999999999999999'])('segment %s', async (n) => {
    expect(await refusedAs(`/segments/${n}`)).toEqual([404, 'SEGMENT_NOT_FOUND'])
  })

  test('of a session without events', async () => {
    const empty = await aRecordedSession(world, server)
    expect(await empty.get('/state')).toMatchObject({ atMs: 0, seq: 0, files: {}, chat: [] })
    expect(await empty.get('/state?atMs=5')).toMatchObject({ atMs: 5, seq: 0 })
    expect(await empty.get<SessionTimeline>('/timeline')).toMatchObject({
      firstMs: null,
      segments: [],
      eventCount: 0,
    })
    expect(await empty.get<SessionStats>('/stats')).toMatchObject({ totalEvents: 0, throughSeq: 0 })
    const { status, body } = await empty.read<Refusal>('/segments/0')
    expect([status, body.error.code]).toEqual([404, 'SEGMENT_NOT_FOUND'])
    expect(body.error.message).toContain('0 segments')
  })
})

describe('who may', () => {
  const paths = [
    '/stats',
    '/stats/explain?metric=totalEvents',
    '/stats/series',
    '/timeline',
    '/segments/0',
    '/state',
  ]

  test.each(paths)('read %s', async (path) => {
    const own = await world.token('proctor', session.id, `reader of ${path}`)
    expect((await session.read(path, own)).status).toBe(200)
    const noted = await world.sql`
      select action from access_log where session_id = ${session.id} and sub = ${`reader of ${path}`}`
    expect(noted).toEqual([{ action: 'read' }])
    expect(await refusedAs(path, await world.token('proctor', anId()))).toEqual([404, 'SESSION_NOT_FOUND'])
    expect(await refusedAs(path, await world.token('candidate', session.id))).toEqual([403, 'ROLE_FORBIDDEN'])
    const missing = await world.call<Refusal>(server, 'GET', `/v1/sessions/${anId()}${path}`)
    expect([missing.status, missing.body.error.code]).toEqual([404, 'SESSION_NOT_FOUND'])
  })
})

test.each([
  '/stats?recompute=yes',
  '/stats/explain',
  '/stats/explain?metric=totalEvents&limit=0',
  '/stats/explain?metric=totalEvents&afterSeq=-1',
  '/timeline?buckets=0',
  '/timeline?buckets=5001',
  '/state?atMs=x',
])('a query that makes no sense is told: %s', async (path) => {
  expect(await refusedAs(path)).toEqual([400, 'VALIDATION'])
})

describe('the state', () => {
  test('[R8] has any text and any name as it came', async () => {
    const odd = await aRecordedSession(world, server)
    const paths = ['__proto__', 'constructor', 'a\u0000\ud83d']
    const events = paths.map((fileId, i) => ({
      type: 'code_edit',
      timestamp: START_MS + i,
      fileId,
      data: { changes: [[0, 0, `\u0000\ud83d"\n${i}`]] },
    }))
    await odd.send('tab', events)
    const { files } = await odd.get<{ files: Record<string, string> }>('/state')
    expect(Object.entries(files)).toEqual(paths.map((path, i) => [path, `\u0000\ud83d"\n${i}`]))
  })

  test('[I8] has the end of a terminal that printed without end, and says what is not there', async () => {
    const long = await aRecordedSession(world, server)
    const events = Array.from({ length: 6 }, (_, i) => ({
      type: 'terminal_stream',
      timestamp: START_MS + i,
      data: { channel: 'o', data: `${i}`.repeat(900_000) },
    }))
    for (const event of events) await long.send('tab', [event])
    const { terminal, omitted } = await long.get<{ terminal: { output: string }; omitted: object }>('/state')
    expect(omitted).toEqual({ output: 2 })
    expect(terminal.output).toBe(['2', '3', '4', '5'].map((digit) => digit.repeat(900_000)).join(''))
  })
})

test('statistics that were asked for while the session is live are there for comparison once it is closed', async () => {
  const closed = await aRecordedSession(world, server, { question: { id: 'compared' } })
  await closed.send('tab', interview)
  const live = await closed.get<SessionStats>('/stats')
  await closed.close()
  await closed.archived()
  const token = await world.token('service')
  const { body } = await world.call<{ sessionCount: number; metrics: Record<string, { mean: number }> }>(
    server,
    'GET',
    '/v1/stats?question=compared',
    { token },
  )
  expect(body.sessionCount).toBe(1)
  expect(body.metrics.totalEvents?.mean).toBe(live.totalEvents)
  const created: CreatedSessionView = closed.created
  expect(created.question).toEqual({ id: 'compared' })
})

test('nothing unforeseen has happened', () => {
  expect(server.output()).not.toMatch(/"level":[456]0/)
})
