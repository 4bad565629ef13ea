import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { createSessionService } from '../../client-sdk/src/service.js'
import type { SessionService, SessionServiceOptions } from '../../client-sdk/src/service-types.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let serviceToken: string
const services: SessionService[] = []
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '300' } })
  server = await world.startServer()
  await world.startWorker()
  serviceToken = await world.token('service')
})
afterAll(async () => {
  await Promise.allSettled(services.map((service) => service.close({ timeoutMs: 1 })))
  await world[Symbol.asyncDispose]()
})

function aService(options: Partial<SessionServiceOptions> = {}): SessionService {
  const service = createSessionService({ url: server.url, token: serviceToken, ...options })
  services.push(service)
  return service
}
const create = (service: SessionService, extra: object = {}) =>
  service.createSession({ candidateId: `c-${anId()}`, ...extra })
const numbered = (n: number) => ({ type: 'custom:n' as const, data: n })
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
const numbersOf = async (service: SessionService, sessionId: string) => {
  const numbers: unknown[] = []
  for await (const { type, data } of service.iterateEvents(sessionId))
    if (type === 'custom:n') numbers.push(data)
  return numbers
}
const rowsOf = (sessionId: string) => world.sql<{ seq: number; source: number; data: unknown }[]>`
  select seq::int, source, data from session_events where session_id = ${sessionId} order by seq`

describe('recording', () => {
  test('[R10] 1000 calls at once are in the database, in their order, but for the one that is wrong', async () => {
    const service = aService()
    const { id } = await create(service)
    const calls = upTo(1000).map((n) =>
      n === 500
        ? service.recordEvent(id, { type: 'test_result', data: { testName: 't', passed: 'no' as never } })
        : service.recordEvent(id, numbered(n), { wait: 'committed' }),
    )
    const ends = await Promise.allSettled(calls)
    expect(ends[499]).toMatchObject({ status: 'rejected', reason: { code: 'EVENT_INVALID' } })
    const others = ends.filter((_, i) => i !== 499)
    expect(
      new Set(others.map((end) => (end.status === 'fulfilled' ? end.value.committed : end.reason))),
    ).toEqual(new Set([true]))
    const rows = await rowsOf(id)
    expect(rows.map(({ seq }) => seq)).toEqual(upTo(1000))
    const expected = upTo(1000).map((n) =>
      n === 500 ? expect.objectContaining({ code: 'EVENT_INVALID' }) : n,
    )
    expect(rows.map(({ data }) => data)).toEqual(expected)
    const { sources } = await service.getSession(id)
    expect(sources).toHaveLength(1)
    expect(sources[0]).toMatchObject({ role: 'service' })
  })

  test('each named function makes its row, and all of it is read back', async () => {
    const service = aService()
    const { id } = await create(service)
    const committed = { wait: 'committed' as const }
    await service.recordEvent(id, { type: 'terminal_input', data: { command: 'npm test' } })
    await service.recordCodeSnapshot(
      id,
      { fileId: 'src/a.ts', fileName: 'a.ts', language: 'typescript', content: 'let a = 1\nlet b\n' },
      'let a\n',
    )
    await service.recordTestResult(id, { testName: 'adds', passed: true, duration: 12 })
    const asked = Date.now() - 1000
    const turn = {
      role: 'assistant',
      content: 'Because.',
      model: 'm',
      inputTokens: 1,
      outputTokens: 2,
      latency: 3,
    } as const
    await service.recordClaudeInteraction(id, turn, { ...committed, timestamp: asked })

    const [snapshot] =
      await world.sql`select file_id, lines_added, lines_deleted from code_snapshots where session_id = ${id}`
    expect(snapshot).toEqual({ file_id: 'src/a.ts', lines_added: 2, lines_deleted: 1 })
    const [result] =
      await world.sql`select test_name, passed, duration from test_results where session_id = ${id}`
    expect(result).toEqual({ test_name: 'adds', passed: true, duration: 12 })
    const [stored] = await world.sql`
      select role, content, model, input_tokens::int, output_tokens::int, latency from claude_interactions
      where session_id = ${id}`
    expect(stored).toEqual({
      role: 'assistant',
      content: 'Because.',
      model: 'm',
      input_tokens: 1,
      output_tokens: 2,
      latency: 3,
    }) // prettier-ignore

    const closed = await service.closeSession(id, 'COMPLETED', { finalCode: 'let a', scores: { total: 1 } })
    expect(closed).toMatchObject({ status: 'COMPLETED', eventCount: 5 })
    const recording = await service.getSessionRecording(id)
    expect(recording.session).toMatchObject({ id, status: 'COMPLETED' })
    expect(recording.events.map(({ type }) => type)).toEqual([
      'terminal_input',
      'code_snapshot',
      'test_result',
      'ai_interaction',
      'session_submit',
    ]) // prettier-ignore
    // A time that falls within the source is raised, and the one that was sent is kept.
    expect(recording.events[3]).toMatchObject({ rawTimestamp: asked })
    expect(recording.claudeInteractions).toMatchObject([turn])
    expect(recording.codeSnapshots).toMatchObject([{ fileId: 'src/a.ts', linesAdded: 2, linesDeleted: 1 }])
    expect(recording.annotations).toEqual([])
    expect(recording.testResults).toMatchObject([{ testName: 'adds', passed: true }])
    expect(await service.getSessionStats(id)).toMatchObject({
      totalEvents: 5,
      terminalActivity: { totalCommands: 1 },
      testExecution: { passRate: 100 },
      claudeInteractions: { totalTokensUsed: 3 },
      fileChanges: { totalLinesAdded: 2, totalLinesDeleted: 1 },
    })
    await expect(service.recordEvent(id, numbered(1))).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
    expect(await service.closeSession(id)).toMatchObject({ status: 'COMPLETED' })
  })

  test('[R7] a file of megabytes, and any text, comes back as it was', async () => {
    const service = aService()
    const { id } = await create(service)
    const content = `${'é\0\ud83d "\\'.repeat(300_000)}end`
    await service.recordCodeSnapshot(id, { fileId: 'big', fileName: 'big', content }, null, {
      wait: 'committed',
    })
    const { codeSnapshots } = await service.getCodeSnapshots(id)
    expect(codeSnapshots).toHaveLength(1)
    expect(codeSnapshots[0]?.content === content).toBe(true)
  })

  test("[R9] a candidate's token records what a candidate may, and no more", async () => {
    const { id, candidateToken } = await create(aService())
    const service = aService({ token: candidateToken })
    await service.recordEvent(id, { type: 'terminal_input', data: { command: 'ls' } }, { wait: 'committed' })
    const note = service.recordEvent(id, { type: 'proctor_note', data: { text: 'x' } })
    await expect(note).rejects.toMatchObject({ code: 'EVENT_FORBIDDEN_TYPE' })
    await expect(service.getEvents(id)).rejects.toMatchObject({ code: 'ROLE_FORBIDDEN' })
    const { id: other } = await create(aService())
    const elsewhere = service.recordEvent(other, numbered(1))
    await expect(elsewhere).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  test('[R10] of the same call in two processes one event is kept', async () => {
    const [one, two] = [aService(), aService()]
    const { id } = await create(one)
    const options = { idempotencyKey: 'request-1', wait: 'committed' as const }
    const calls = [one, two, one].map((service) => service.recordEvent(id, numbered(1), options))
    expect(await Promise.all(calls)).toEqual(upTo(3).map(() => ({ sourceSeq: 0, committed: true })))
    expect(await numbersOf(one, id)).toEqual([1])
    await two.recordEvent(id, numbered(2), { idempotencyKey: 'request-2' })
    expect(await numbersOf(one, id)).toEqual([1, 2])
  })
})

describe('keystrokes', () => {
  const keystroke = { type: 'keystroke' as const, data: {} }
  const everies = async (service: SessionService, id: string) =>
    (await service.getEvents(id, { types: ['keystroke'] })).events.map(
      ({ data }) => (data as { every?: number }).every ?? null,
    )

  test('the session’s rate is told to recorders, and kept to by them and by the backend’s client', async () => {
    const service = aService()
    const { id, candidateToken, keystrokeSampling } = await create(service, { keystrokeSampling: 4 })
    expect(keystrokeSampling).toBe(4)
    expect(await service.getSession(id)).toMatchObject({ keystrokeSampling: 4 })
    await Promise.all(upTo(8).map(() => service.recordEvent(id, keystroke)))
    const recorder = createRecorder({ url: server.url, token: candidateToken })
    const welcomed = new Promise((resolve) => recorder.on('welcome', resolve))
    // Before the first welcome the default holds.
    for (let i = 0; i < 10; i++) recorder.record(keystroke)
    expect(await welcomed).toMatchObject({ sampling: { keystroke: 4 } })
    for (let i = 0; i < 8; i++) recorder.record(keystroke)
    recorder.record({ type: 'terminal_input', data: { command: 'x' } })
    expect(recorder.status.recordedSeq).toBe(4)
    await recorder.close({ waitFor: 'committed' })
    expect(await everies(service, id)).toEqual([4, 4, 10, 4, 4])
  })

  test.each([
    [1, 3],
    [undefined, 0],
  ])('where the rate is %s, of three %i are kept', async (keystrokeSampling, count) => {
    const service = aService()
    const { id } = await create(service, keystrokeSampling ? { keystrokeSampling } : {})
    await Promise.all(upTo(3).map(() => service.recordEvent(id, keystroke)))
    expect(await everies(service, id)).toHaveLength(count)
  })

  test('[I3] what another client sends is kept, every one', async () => {
    const service = aService()
    const { id } = await create(service, { keystrokeSampling: 10 })
    const events = upTo(5).map((n) => ({ ...keystroke, timestamp: Date.now() + n }))
    await service.postEvents(id, { source: 'foreign', firstSeq: 1, events })
    expect(await everies(service, id)).toEqual(upTo(5).map(() => null))
  })

  test.each([0, 1001, 1.5, 'all'])('a rate of %s is none', async (keystrokeSampling) => {
    await expect(create(aService(), { keystrokeSampling })).rejects.toMatchObject({ code: 'VALIDATION' })
  })
})

test('the rest of the API', async () => {
  const service = aService()
  const { id } = await create(service)
  await service.recordEvent(id, { type: 'terminal_stream', data: { channel: 'o', data: '$ ls\r\n' } })
  await service.recordClaudeInteraction(id, { role: 'user', content: 'my password is hunter22' })
  await service.flush({ wait: 'committed' })

  const note = await service.createAnnotation(id, { kind: 'note', text: 'look here' })
  await service.changeAnnotation(id, note.id, { text: 'look there' })
  await service.rateInteraction(id, 2, 4)
  const { annotations } = await service.getAnnotations(id)
  expect(annotations.map(({ text, value }) => [text, value])).toEqual([
    ['look there', null],
    ['', 4],
  ])
  await service.deleteAnnotation(id, note.id)
  expect((await service.getAnnotations(id)).annotations).toHaveLength(1)

  expect(await service.getState(id)).toMatchObject({ seq: expect.any(Number) })
  const { segments, eventCount } = await service.getTimeline(id, { buckets: 10 })
  expect(eventCount).toBeGreaterThanOrEqual(2)
  expect(await service.getOverview(id)).toMatchObject({
    generation: null,
    overview: { eventCount },
    keyframes: [],
  })
  await expect(service.getKeyframes(id)).rejects.toMatchObject({ code: 'KEYFRAMES_NOT_FOUND' })
  expect((await service.getSeries(id, { buckets: 5 })).aiTurns).toMatchObject([{ seq: 2 }])
  const { events } = await service.getSegment(id, segments[0]?.n ?? 0)
  expect(events[0]).toMatchObject({ seq: 1 })
  const { contributions } = await service.explainStat(id, 'claudeInteractions.totalInteractions')
  expect(contributions.map(({ seq }) => seq)).toEqual([2])
  expect(await service.getStatistics({ sessionId: id })).toMatchObject({ session: { id } })

  await service.closeSession(id)
  const ndjson = await service.exportText(id, 'ndjson')
  expect(ndjson.trim().split('\n').length).toBeGreaterThanOrEqual(2)
  const stream = await service.exportSession(id, 'csv')
  expect((await new Response(stream).text()).length).toBeGreaterThan(10)

  const redaction = await service.createRedaction(id, { text: 'hunter22', reason: 'a password' })
  expect(redaction).toMatchObject({ eventCount: 1 })
  expect((await service.getRedactions(id)).redactions).toMatchObject([{ id: redaction.id }])
  const { claudeInteractions } = await service.getClaudeInteractions(id)
  expect(claudeInteractions[0]?.content).not.toContain('hunter22')

  const { entries } = await service.getAccessLog(id)
  expect(entries.map(({ action }) => action)).toContain('read')
  await service.deleteSession(id)
  await expect(service.getSession(id)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
})
