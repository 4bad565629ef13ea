import { readFileSync } from 'node:fs'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CANDIDATE_EVENT_TYPES,
  PROCTOR_EVENT_TYPES,
  SERVICE_EVENT_TYPES,
} from '../../protocol/event-types.js'
import type { CreatedSessionView, PostedEventsView } from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

const ROLES = ['candidate', 'proctor', 'service'] as const
type Role = (typeof ROLES)[number]
type Cell = [what: string, role: Role, says: string]

/** The cells of a table of docs/protocol.md, by the head of its first column. */
function cellsOf(head: string): Cell[] {
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8').split('\n')
  const start = page.findIndex((line) => line.startsWith(`| ${head} |`))
  const end = page.findIndex((line, i) => i > start && !line.startsWith('|'))
  if (start === -1) throw new Error(`docs/protocol.md has no table of "${head}"`)
  return page.slice(start + 2, end).flatMap((line) => {
    const [what = '', ...says] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim())
    return ROLES.map((role, i): Cell => [what, role, says[i] ?? ''])
  })
}
/** `status` and `not ERROR` are a yes to a part. */
const isAllowed = (says: string) => says !== 'no'

const ROUTES = cellsOf('route')
const VERBS = cellsOf('request on a socket')
const EVENTS = cellsOf('send events of')
const TYPES: Record<string, readonly string[]> = {
  "the candidate's types": CANDIDATE_EVENT_TYPES,
  'custom: types': ['custom:x', 'custom:not_recorded'],
  "the proctors' types": PROCTOR_EVENT_TYPES,
  "the service's own types": SERVICE_EVENT_TYPES,
}

let world: World
let server: ProductProcess
let session: CreatedSessionView
const sockets: Socket[] = []
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
  // A close waits for the last flush.
  await world.startWorker()
  session = await world.createSession(server)
})
afterAll(async () => {
  for (const socket of sockets) socket.close()
  await world[Symbol.asyncDispose]()
})

// Failing? Who may do what is in three places: the routes' `roles`, the checks of events, and these tables.
describe('[R9] docs/protocol.md has the whole of it', () => {
  test('every route is in the table, with the roles that it opens for', async () => {
    const { paths } = (await world.call<{ paths: Paths }>(server, 'GET', '/docs/json', { token: null })).body
    type Paths = Record<string, Record<string, { 'x-roles'?: string[] }>>
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { 'x-roles': roles }]) =>
        roles ? [`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}: ${roles.join(' ')}`] : [],
      ),
    )
    const documented = [...new Set(ROUTES.map(([route]) => route))].map((route) => {
      const roles = ROUTES.filter(([r, , says]) => r === route && isAllowed(says)).map(([, role]) => role)
      return `${route}: ${roles.join(' ')}`
    })
    expect(described.sort()).toEqual(documented.sort())
  })
})

describe('[R9] routes', () => {
  test.each(ROUTES)('%s as %s: %s', async (route, role, says) => {
    const [method = '', template = ''] = route.split(' ')
    const own =
      route.startsWith('DELETE') || route.endsWith('/close') ? await world.createSession(server) : session
    const values: Record<string, string> = {
      id: own.id,
      n: '0',
      seq: '1',
      annotationId: '1',
      format: 'ndjson',
    }
    const path = template.replace(/:(\w+)/g, (_, name: string) => values[name] ?? '')
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await world.token(role, own.id)}`,
        ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
    })
    const text = await response.text()
    if (isAllowed(says)) expect([401, 403]).not.toContain(response.status)
    else expect([response.status, JSON.parse(text).error.code]).toEqual([403, 'ROLE_FORBIDDEN'])
  })

  test('a candidate sees the status of the session and no more, and can’t call it an error', async () => {
    const token = await world.token('candidate', session.id)
    const { body } = await world.call<object>(server, 'GET', `/v1/sessions/${session.id}`, { token })
    expect(body).toMatchObject({ id: session.id, status: 'ACTIVE' })
    for (const key of ['question', 'metadata', 'sources', 'storagePath']) expect(body).not.toHaveProperty(key)
    const close = { body: { status: 'ERROR' }, token }
    expect(await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, close)).toMatchObject({
      status: 403,
      body: { error: { code: 'ROLE_FORBIDDEN' } },
    })
  })

  test('a candidate who closes the session is told its status, the receipt and no more', async () => {
    const { id } = await world.createSession(server, { question: { title: 'Q' }, metadata: { rubric: 'x' } })
    const token = await world.token('candidate', id)
    const closed = await world.call<object>(server, 'POST', `/v1/sessions/${id}/close`, { body: {}, token })
    const seen = await world.call<object>(server, 'GET', `/v1/sessions/${id}`, { token })
    expect(closed.body).toMatchObject({ id })
    expect(Object.keys(closed.body)).toEqual([...Object.keys(seen.body), 'receipt'])
  })
})

describe('[R9] requests on sockets', () => {
  const PAYLOADS: Record<string, object> = {
    batch: { firstSeq: 1, events: [{ type: 'custom:x', timestamp: Date.now(), data: 1 }] },
    annotate: { kind: 'note', text: 'x' },
    message: { text: 'x' },
    extend: { bySec: 1 },
    preview: { sessionIds: [] },
  }

  test.each(VERBS)('%s as %s: %s', async (request, role, says) => {
    const [namespace = '', verb = ''] = request.split(' ')
    const own = verb === 'end' ? await world.createSession(server) : session
    const token = await world.token(role, own.id)
    const socket = io(`${server.url}${namespace}`, {
      auth: { token, sourceId: anId(), protocol: 1 },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    })
    sockets.push(socket)
    const refused = await new Promise<string | null>((resolve) => {
      socket.on('connect', () => resolve(null))
      socket.on('connect_error', (error) => resolve((error as { data?: { code: string } }).data?.code ?? ''))
    })
    if (!isAllowed(says)) {
      expect(refused).toBe('ROLE_FORBIDDEN')
      return
    }
    expect(refused).toBeNull()
    const ask = (what: string, payload?: object) =>
      payload === undefined
        ? socket.timeout(20_000).emitWithAck(what)
        : socket.timeout(20_000).emitWithAck(what, payload)
    if (namespace === '/proctor' && verb !== 'watch') await ask('watch', { sessionId: own.id })
    const bare = ['watermark', 'clock', 'lobby'].includes(verb)
    const answer = await ask(verb, bare ? undefined : { sessionId: own.id, ...PAYLOADS[verb] })
    expect(answer.ok ?? true).toBe(true)
  })
})

describe('[R9] types of events', () => {
  const each = EVENTS.flatMap(([group, role, says]) =>
    (TYPES[group] ?? []).map((type): [string, Role, string] => [type, role, says]),
  )
  test('the tables name every group of types', () => {
    expect([...new Set(EVENTS.map(([group]) => group))]).toEqual(Object.keys(TYPES))
  })

  test.each(each)('%s by a %s: %s', async (type, role, says) => {
    // Of a type that may be sent only the data is wrong: the type is judged first.
    const answer = await world.call<PostedEventsView & { error?: { code: string } }>(
      server,
      'POST',
      `/v1/sessions/${session.id}/events`,
      {
        token: await world.token(role, session.id),
        headers: { 'idempotency-key': anId() },
        body: { events: [{ type, timestamp: Date.now(), data: 0 }] },
      },
    )
    const code = answer.body.error?.code ?? answer.body.rejected?.[0]?.code ?? null
    if (isAllowed(says)) expect(code).toBe(type.startsWith('custom:') ? null : 'EVENT_INVALID')
    else expect(code).toBe(role === 'proctor' ? 'ROLE_FORBIDDEN' : 'EVENT_FORBIDDEN_TYPE')
  })

  test('a service may be set up to take less from candidates', async () => {
    const narrow = await world.startServer({ CANDIDATE_EVENT_TYPES: 'code_edit,custom:not_recorded' })
    const fresh = await world.createSession(server)
    const events = ['custom:x', 'test_result', 'custom:not_recorded'].map((type) => ({
      type,
      timestamp: Date.now(),
      data: { testName: 't', passed: true },
    }))
    const post = async (role: Role) =>
      (
        await world.call<PostedEventsView>(narrow, 'POST', `/v1/sessions/${fresh.id}/events`, {
          token: await world.token(role, fresh.id),
          body: { source: 's', firstSeq: 1, events },
        })
      ).body.rejected?.map(({ sourceSeq, code }) => [sourceSeq, code])
    expect(await post('candidate')).toEqual([
      [1, 'EVENT_FORBIDDEN_TYPE'],
      [2, 'EVENT_FORBIDDEN_TYPE'],
    ])
    expect(await post('service')).toBeUndefined()
    await narrow.kill()
  })
})

test('[R9] a proctor of some sessions hears of no others, in the list and in the lobby', async () => {
  const other = await world.createSession(server)
  const token = await world.token('proctor', [session.id])
  const list = await world.call<{ sessions: { id: string }[] }>(server, 'GET', '/v1/sessions', { token })
  expect(list.body.sessions.map(({ id }) => id)).toEqual([session.id])
  const narrowed = await world.call<{ sessions: unknown[] }>(
    server,
    'GET',
    `/v1/sessions?candidateId=${other.candidateId}`,
    { token },
  )
  expect(narrowed.body.sessions).toEqual([])
  const socket = io(`${server.url}/proctor`, { auth: { token }, transports: ['websocket'], forceNew: true })
  sockets.push(socket)
  const pushed: string[] = []
  socket.on('lobby', ({ sessions }: { sessions: { id: string }[] }) =>
    pushed.push(...sessions.map((s) => s.id)),
  )
  const { sessions } = await socket.timeout(20_000).emitWithAck('lobby')
  expect(sessions.map(({ id }: { id: string }) => id)).toEqual([session.id])
  // Both change; of one the visitor hears.
  for (const { id } of [other, session]) {
    await world.call(server, 'POST', `/v1/sessions/${id}/events`, {
      headers: { 'idempotency-key': anId() },
      body: { events: [{ type: 'custom:x', timestamp: Date.now(), data: 1 }] },
    })
  }
  await expect.poll(() => pushed.length, { timeout: 20_000 }).toBeGreaterThan(0)
  expect(new Set(pushed)).toEqual(new Set([session.id]))
})
