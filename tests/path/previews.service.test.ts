import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import type { Presence, SessionPreview, SessionSummary } from '../../protocol/socket-events.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { anId } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let servers: [ProductProcess, ProductProcess]
const sockets: Socket[] = []
beforeAll(async () => {
  world = await makeWorld()
  const soon = { FLUSH_DUE_MS: '500' }
  servers = await Promise.all([world.startServer(soon), world.startServer(soon)])
  await world.startWorker()
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await world[Symbol.asyncDispose]()
})

interface Answer {
  ok: boolean
  code?: string
  presence?: Presence
  sessions?: SessionSummary[]
}

interface Wall {
  socket: Socket
  /** The newest of each session, and how many of it came. */
  previews: Map<string, SessionPreview>
  counts: Map<string, number>
  summaries: Map<string, SessionSummary>
  /** As the first answer had it. */
  recent: Map<string, number[] | undefined>
  ask(verb: string, payload?: object): Promise<Answer>
}

async function openWall(server: ProductProcess, sid: string | string[], sub: string): Promise<Wall> {
  const socket = io(`${server.url}/proctor`, {
    auth: { token: await world.token('proctor', sid, sub) },
    transports: ['websocket'],
    forceNew: true,
  })
  sockets.push(socket)
  const wall: Wall = {
    socket,
    previews: new Map(),
    counts: new Map(),
    summaries: new Map(),
    recent: new Map(),
    ask: (verb, payload) => {
      const timed = socket.timeout(20_000)
      return payload === undefined ? timed.emitWithAck(verb) : timed.emitWithAck(verb, payload)
    },
  }
  socket.on('previews', ({ previews }: { previews: SessionPreview[] }) => {
    for (const preview of previews) {
      wall.previews.set(preview.sessionId, preview)
      wall.counts.set(preview.sessionId, (wall.counts.get(preview.sessionId) ?? 0) + 1)
    }
  })
  const take = ({ sessions }: { sessions: SessionSummary[] }) => {
    for (const session of sessions) wall.summaries.set(session.id, session)
  }
  socket.on('lobby', take)
  const answer = (await wall.ask('lobby')) as unknown as { sessions: SessionSummary[] }
  for (const { id, recent } of answer.sessions) wall.recent.set(id, recent)
  take(answer)
  return wall
}

/** Sends events of one writer through one server, numbered on. */
function writer(server: ProductProcess, { id }: CreatedSessionView) {
  const source = anId()
  let nextSeq = 1
  return async (...events: { type: string; data: object; fileId?: string }[]) => {
    const firstSeq = nextSeq
    nextSeq += events.length
    const body = { source, firstSeq, events: events.map((event) => ({ timestamp: Date.now(), ...event })) }
    const { status } = await world.call(server, 'POST', `/v1/sessions/${id}/events`, { body })
    expect(status).toBe(202)
  }
}

const edit = (offset: number, inserted: string) => ({
  type: 'code_edit',
  fileId: 'a.ts',
  data: {
    changes: [[offset, 0, inserted]],
    selection: { anchor: offset + inserted.length, head: offset + inserted.length },
  },
})
const start = (content: string) => ({
  type: 'session_start',
  data: { language: 'typescript', files: [{ filePath: 'a.ts', content }] },
})
const codeOf = (wall: Wall, id: string) => wall.previews.get(id)?.code?.lines.map(({ text }) => text)

test('a wall sees what is typed through another node, also what was typed before, and no other sessions', async () => {
  const [first, second] = servers
  const session = await world.createSession(first)
  const other = await world.createSession(first)
  const write = writer(first, session)
  await write(start(''), edit(0, 'let a'))
  await writer(first, other)(start(''), edit(0, 'secret'))
  const wall = await openWall(second, session.id, 'Pia')
  expect(await wall.ask('preview', { sessionIds: [session.id, other.id] })).toMatchObject({
    ok: false,
    code: 'SESSION_NOT_FOUND',
  })
  expect(await wall.ask('preview', { sessionIds: [session.id] })).toEqual({ ok: true })
  await waitFor('what was typed', () => codeOf(wall, session.id)?.join() === 'let a')

  for (const [i, char] of [...' = 1'].entries()) await write(edit(5 + i, char))
  await write(
    { type: 'terminal_input', data: { command: 'npm test' } },
    { type: 'test_run_start', data: {} },
    { type: 'test_result', data: { testName: 'x', passed: false } },
    { type: 'terminal_output', data: { output: '', exitCode: 1 } },
  )
  await waitFor('the command', () => wall.previews.get(session.id)?.command?.isDone)
  expect(wall.previews.get(session.id)).toMatchObject({
    code: {
      path: 'a.ts',
      firstLine: 1,
      lines: [{ text: 'let a = 1', isCut: false }],
      caret: { line: 0, column: 9 },
    },
    command: { text: 'npm test', exitCode: 1 },
    tests: { passed: 0, failed: 1 },
  })
  // What is committed and trimmed between two looks is not missed.
  await waitFor('the flush', async () => (await world.getSession(first, session.id)).eventCount === 10)
  await write(edit(9, '\nend'))
  await waitFor('the end', () => codeOf(wall, session.id)?.join('|') === 'let a = 1|end')

  // A wall is no watcher; it is a reader, once.
  expect(wall.summaries.get(session.id)?.watchers).toBe(0)
  const log = await world.sql`select action from access_log where session_id = ${session.id} and sub = 'Pia'`
  expect(log).toEqual([{ action: 'read' }])
  expect(wall.previews.has(other.id)).toBe(false)
})

test('what is not in view is not sent, and what comes back into view is', async () => {
  const [server] = servers
  const [a, b] = [await world.createSession(server), await world.createSession(server)]
  const [writeA, writeB] = [writer(server, a), writer(server, b)]
  await writeA(start(''), edit(0, 'a'))
  await writeB(start(''), edit(0, 'b'))
  const wall = await openWall(server, '*', 'Quinn')
  await wall.ask('preview', { sessionIds: [a.id, b.id] })
  await waitFor('both', () => wall.previews.has(a.id) && wall.previews.has(b.id))
  await wall.ask('preview', { sessionIds: [a.id] })
  const before = wall.counts.get(b.id)
  await writeB(edit(1, 'bb'))
  await writeA(edit(1, 'aa'))
  await waitFor('a', () => codeOf(wall, a.id)?.join() === 'aaa')
  expect(wall.counts.get(b.id)).toBe(before)
  await wall.ask('preview', { sessionIds: [b.id] })
  await waitFor('b', () => codeOf(wall, b.id)?.join() === 'bbb')
  expect(await wall.ask('preview', { sessionIds: Array(101).fill(a.id) })).toMatchObject({
    ok: false,
    code: 'VALIDATION',
  })
})

test('[R15] from a redaction on no preview shows what it took out', async () => {
  const [server] = servers
  const session = await world.createSession(server)
  const write = writer(server, session)
  await write(start(''), edit(0, 'password=hunter2'))
  const wall = await openWall(server, '*', 'Rhea')
  await wall.ask('preview', { sessionIds: [session.id] })
  await waitFor('the text', () => codeOf(wall, session.id)?.join() === 'password=hunter2')
  const redaction = { body: { text: 'hunter2', reason: 'a password' } }
  const path = `/v1/sessions/${session.id}/redactions`
  expect((await world.call(server, 'POST', path, redaction)).status).toBe(201)
  await waitFor('the mask', () => codeOf(wall, session.id)?.join() === 'password=███████')
  await write(edit(16, '!'))
  await waitFor('what follows', () => codeOf(wall, session.id)?.join() === 'password=███████!')
})

test('[I8] files beyond the bound show nothing, a line of a megabyte shows its surroundings', async () => {
  const [server] = servers
  const [long, large] = [await world.createSession(server), await world.createSession(server)]
  await writer(server, long)(start(''), edit(0, 'x'.repeat(900_000)))
  const write = writer(server, large)
  await write({ type: 'terminal_input', data: { command: 'ls' } }, edit(0, 'x'.repeat(600_000)))
  await write(edit(0, 'y'.repeat(600_000)))
  const wall = await openWall(server, '*', 'Sam')
  await wall.ask('preview', { sessionIds: [long.id, large.id] })
  await waitFor('both', () => wall.previews.has(long.id) && wall.previews.has(large.id))
  const { code } = wall.previews.get(long.id) as SessionPreview
  expect(code).toMatchObject({
    fromColumn: 899_900,
    lines: [{ text: 'x'.repeat(100) }],
    caret: { column: 100 },
  })
  expect(wall.previews.get(long.id)?.isTooLarge).toBeUndefined()
  expect(wall.previews.get(large.id)).toMatchObject({
    code: null,
    command: null,
    tests: null,
    isTooLarge: true,
  })
})

test('summaries count what a proctor may want to look at', async () => {
  const [first, second] = servers
  const session = await world.createSession(first)
  const wall = await openWall(second, '*', 'Tess')
  await writer(first, session)(
    start(''),
    { type: 'test_run_start', data: {} },
    { type: 'test_result', data: { testName: 'old', passed: true } },
    { type: 'test_run_start', data: {} },
    { type: 'test_result', data: { testName: 'a', passed: true } },
    { type: 'test_result', data: { testName: 'b', passed: false } },
    { type: 'ai_interaction', data: { role: 'user', content: 'q' } },
    { type: 'ai_interaction', data: { role: 'assistant', content: 'a' } },
    { type: 'paste', data: { lengthChars: 20 } },
    { type: 'paste', data: { lengthChars: 412 } },
    { type: 'tab_hidden', data: {} },
    { type: 'tab_visible', data: {} },
    { type: 'tab_hidden', data: {} },
  )
  const facts = await waitFor('the counts', () => {
    const { facts } = wall.summaries.get(session.id) ?? {}
    return facts && facts.tabAwayCount === 2 ? facts : null
  })
  expect(facts).toEqual({
    tests: { passed: 1, failed: 1 },
    aiPrompts: 1,
    longPastes: 1,
    longestPasteChars: 412,
    tabAwayCount: 2,
    tabAwaySinceMs: expect.any(Number),
    secondTabs: 0,
    losses: 0,
  })
  const later = await openWall(second, '*', 'Tess')
  const recent = later.recent.get(session.id) ?? []
  expect(recent).toHaveLength(60)
  expect(recent.reduce((sum, n) => sum + n, 0)).toBe(13)
  expect(recent.slice(0, 50)).toEqual(Array(50).fill(0))
})

test('a page that is loaded again has not left', async () => {
  const [first, second] = servers
  const session = await world.createSession(first)
  const wall = await openWall(second, session.id, 'Tess')
  const pageOf = (sourceId: string) =>
    connectCandidate(first.url, { token: session.candidateToken, sourceId, protocol: 1 })
  const hiddenMs = Date.now() - 2_000
  const before = await pageOf('before')
  await before.batch({ firstSeq: 1, events: [{ type: 'tab_hidden', timestamp: hiddenMs, data: {} }] })
  before.close()
  await waitFor('it to be away', () => wall.summaries.get(session.id)?.facts?.tabAwaySinceMs != null)
  const after = await pageOf('after')
  // However long the counts took.
  const begun = { type: 'editor_open', timestamp: hiddenMs + 2_000, data: {} }
  await after.batch({ firstSeq: 1, events: [begun] })
  await waitFor('it to be back', () => wall.summaries.get(session.id)?.facts?.tabAwaySinceMs === null)
  expect(wall.summaries.get(session.id)?.facts?.tabAwayCount).toBe(0)
  after.close()
})

test('what is written under an Idempotency-Key with a token of the candidate is no page that begins', async () => {
  const [first, second] = servers
  const session = await world.createSession(first)
  const wall = await openWall(second, session.id, 'Tess')
  const token = session.candidateToken
  const page = await connectCandidate(first.url, { token, sourceId: 'page', protocol: 1 })
  const hiddenMs = Date.now() - 2_000
  await page.batch({ firstSeq: 1, events: [{ type: 'tab_hidden', timestamp: hiddenMs, data: {} }] })
  const asked = { type: 'ai_interaction', timestamp: hiddenMs + 2_000, data: { role: 'user', content: 'q' } }
  const posted = await world.call(first, 'POST', `/v1/sessions/${session.id}/events`, {
    token,
    headers: { 'idempotency-key': 'k1' },
    body: { events: [asked] },
  })
  expect(posted.status).toBe(202)
  const facts = await waitFor('both to be counted', () => {
    const { facts } = wall.summaries.get(session.id) ?? {}
    return facts?.aiPrompts === 1 ? facts : null
  })
  expect(facts).toMatchObject({ tabAwayCount: 1, tabAwaySinceMs: hiddenMs })
  page.close()
})

test('those who watch see each other, on whatever node they are', async () => {
  const [first, second] = servers
  const session = await world.createSession(first)
  const [ada, bob] = [await openWall(first, '*', 'Ada: “a”'), await openWall(second, '*', 'Bob')]
  const seen: Presence[] = []
  ada.socket.on('presence', (presence: Presence) => seen.push(presence))
  expect((await ada.ask('watch', { sessionId: session.id })).presence?.watchedBy).toEqual(['Ada: “a”'])
  const { presence } = await bob.ask('watch', { sessionId: session.id })
  expect(presence).toMatchObject({ watchers: 2, watchedBy: ['Ada: “a”', 'Bob'] })
  await waitFor('Ada to see Bob', () => seen.some(({ watchedBy }) => watchedBy.includes('Bob')))
  bob.socket.close()
  await waitFor('Bob to be gone', () => seen.at(-1)?.watchedBy.join() === 'Ada: “a”')
  expect(seen.at(-1)?.watchers).toBe(1)
})

test('an end that the look for a newcomer saw first is told to the walls that were there before', async () => {
  const [server] = servers
  const session = await world.createSession(server)
  const first = await openWall(server, session.id, 'Pia')
  const second = await openWall(server, session.id, 'Quinn')
  await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: { status: 'COMPLETED' } })
  const statusOf = ({ sessions }: Answer) => sessions?.find(({ id }) => id === session.id)?.status
  // Asked again and again, far more often than the service looks by itself.
  await waitFor('the end, for the second wall', async () => statusOf(await second.ask('lobby')) !== 'ACTIVE')
  await waitFor('the end, for the first wall', () => first.summaries.get(session.id)?.status === 'COMPLETED')
})
