import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccessLogView } from '../../protocol/http/index.js'
import { ANALYSIS_VERSION } from '../../replay/analysis/index.js'
import type { ProductProcess } from '../support/process.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
})
afterAll(() => world[Symbol.asyncDispose]())

const logOf = async (id: string, query = '') =>
  (await world.call<AccessLogView>(server, 'GET', `/v1/sessions/${id}/access-log${query}`)).body

/** Every route that gives out what was recorded. */
const READS = [
  'events',
  'state',
  'timeline',
  'segments/0',
  'stats',
  'stats/explain?metric=events',
  'stats/series',
  'claude-interactions',
  'code-snapshots',
  'test-results',
  'annotations',
  'redactions',
] // prettier-ignore

test.each(READS)('reading %s is noted, with who did it', async (path) => {
  const session = await world.createSession(server)
  const token = await world.token('proctor', session.id, 'Pia')
  const { status } = await world.call<object>(server, 'GET', `/v1/sessions/${session.id}/${path}`, { token })
  // An empty session has no segment and some numbers mean nothing; what was asked for is noted all the same.
  expect([200, 400, 404]).toContain(status)
  const { entries, nextAfterId } = await logOf(session.id)
  expect(entries).toEqual([
    { id: expect.any(Number), atMs: expect.any(Number), role: 'proctor', sub: 'Pia', action: 'read' },
  ])
  expect(nextAfterId).toBeNull()
})

test('a stream is noted like a page, an export as one, a watch each time', async () => {
  const session = await world.createSession(server)
  const token = await world.token('proctor', session.id, 'Pia')
  const at = (path: string) => `/v1/sessions/${session.id}/${path}`
  const headers = { accept: 'application/x-ndjson' }
  const read = async (path: string) => {
    const response = await fetch(`${server.url}${at(path)}`, {
      headers: { ...headers, authorization: `Bearer ${token}` },
    })
    await response.text()
    expect(response.status).toBe(200)
  }
  await read('events')
  await read('events')
  await read('export/ndjson')
  await read('export/ndjson')
  for (let i = 0; i < 2; i++) {
    const socket = io(`${server.url}/proctor`, { auth: { token }, transports: ['websocket'], forceNew: true })
    await socket.timeout(20_000).emitWithAck('watch', { sessionId: session.id })
    socket.close()
  }
  const { entries } = await logOf(session.id)
  expect(entries.map(({ action }) => action)).toEqual(['read', 'export', 'export', 'watch', 'watch'])
})

test('numbers of so few sessions that they tell those of single ones are a reading of each', async () => {
  const sessions: string[] = []
  const compare = async (sub: string, query = '') => {
    const token = await world.token('proctor', sessions, sub)
    expect((await world.call(server, 'GET', `/v1/stats${query}`, { token })).status).toBe(200)
  }
  const readers = async (id: string | undefined) => (await logOf(id ?? '')).entries.map(({ sub }) => sub)
  for (let n = 1; n <= 5; n++) {
    const { id } = await world.createSession(server)
    sessions.push(id)
    await world.sql`
      insert into session_analyses (session_id, version, through_seq, state, metrics, question_key)
      values (${id}, ${ANALYSIS_VERSION}, 0, '', '{"totalEvents":1}', ${n === 5 ? 'another' : 'four'})`
    if (n === 1) await compare('of one')
    if (n === 5) await compare('of five')
  }
  expect(await readers(sessions[0])).toEqual(['of one'])
  expect(await readers(sessions[4])).toEqual([])
  await compare('of a question', '?question=another')
  await compare('of groups', '?groupBy=question')
  expect(await readers(sessions[0])).toEqual(['of one', 'of groups'])
  expect(await readers(sessions[4])).toEqual(['of a question', 'of groups'])
})

test('comes in pages, the oldest first', async () => {
  const session = await world.createSession(server)
  for (let i = 0; i < 5; i++) {
    await world.call(server, 'GET', `/v1/sessions/${session.id}/events`, {
      token: await world.token('service', session.id, `reader ${i}`),
    })
  }
  const subs: string[] = []
  let [afterId, pages] = [0, 0]
  for (;;) {
    const page = await logOf(session.id, `?limit=2&afterId=${afterId}`)
    subs.push(...page.entries.map(({ sub }) => sub))
    pages += 1
    if (page.nextAfterId === null) break
    afterId = page.nextAfterId
  }
  expect([pages, subs]).toEqual([3, [0, 1, 2, 3, 4].map((i) => `reader ${i}`)])
})

test('what can’t be noted is not shown', async () => {
  const session = await world.createSession(server)
  await world.sql`alter table access_log rename to access_log_away`
  try {
    const answer = await world.call<object>(server, 'GET', `/v1/sessions/${session.id}/events`)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.body).not.toHaveProperty('events')
    const token = await world.token('proctor', session.id)
    const socket = io(`${server.url}/proctor`, { auth: { token }, transports: ['websocket'], forceNew: true })
    const watched = await socket.timeout(20_000).emitWithAck('watch', { sessionId: session.id })
    expect(watched.ok).toBe(false)
    socket.close()
  } finally {
    await world.sql`alter table access_log_away rename to access_log`
  }
})
