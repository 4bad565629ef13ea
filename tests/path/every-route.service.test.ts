import { gzipSync } from 'node:zlib'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import type { AnnotationView, CreatedSessionView } from '../../protocol/http/index.js'
import { type ApiDocument, answerSchema, operationOf, routesOf } from '../support/api-document.js'
import type { ProductProcess } from '../support/process.js'
import { ROUTE_ENTRIES, type RouteEntry } from '../support/route-entries.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

const ROLES = ['candidate', 'proctor', 'service'] as const
type Role = (typeof ROLES)[number]

let world: World
let server: ProductProcess
let session: CreatedSessionView
let other: CreatedSessionView
let document: ApiDocument
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '100', ANTHROPIC_API_KEY: '' } })
  server = await world.startServer()
  await world.startWorker()
  document = (await world.call<ApiDocument>(server, 'GET', '/docs/json', { token: null })).body
  ;[session, other] = [await aSession(), await aSession()]
})
afterAll(() => world[Symbol.asyncDispose]())

/** A session with something of each kind in it, committed. */
async function aSession(): Promise<CreatedSessionView> {
  const made = await world.createSession(server, { question: { title: 'Sum' } })
  const timestamp = Date.now()
  const events = [
    { type: 'session_start', data: { files: [{ filePath: 'a.ts', content: '' }] } },
    { type: 'ai_interaction', data: { role: 'user', content: 'How?' } },
    { type: 'code_edit', data: { changes: [[0, 0, 'x']], origin: 'typed' }, fileId: 'a.ts' },
    { type: 'code_snapshot', data: { fileName: 'a.ts', content: 'x' }, fileId: 'a.ts' },
    { type: 'terminal_input', data: { command: 'npm test' } },
    { type: 'terminal_stream', data: { channel: 'o', data: '1 passed\r\n' } },
    { type: 'test_result', data: { testName: 't', passed: true } },
    { type: 'custom:x', data: 1 },
  ].map((event) => ({ timestamp, ...event }))
  await world.call(server, 'POST', `/v1/sessions/${made.id}/events?wait=committed`, {
    body: { source: 's', firstSeq: 1, events },
  })
  return made
}

interface Asked {
  id?: string
  params?: Record<string, string>
  query?: string
  body?: BodyInit
  headers?: Record<string, string>
  token?: string | null
}

/** Calls a route as its entry says, with something changed, and holds the answer against the document. */
async function ask(name: string, entry: RouteEntry, asked: Asked) {
  const route = name.split(' as ')[0] as string
  const [method = '', template = ''] = route.split(' ')
  const values: Record<string, string> = { id: asked.id ?? session.id, ...entry.params, ...asked.params }
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  const query = asked.query ?? entry.query
  const body = asked.body ?? (entry.body === undefined ? undefined : JSON.stringify(entry.body))
  const response = await fetch(`${server.url}${path}${query ? `?${query}` : ''}`, {
    method,
    headers: {
      ...(asked.token === null
        ? {}
        : { authorization: `Bearer ${asked.token ?? (await world.token('service'))}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...entry.headers,
      ...asked.headers,
    },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const operation = operationOf(document, route)
  const value: unknown = type.includes('application/json') ? JSON.parse(text) : text
  const matched = answerSchema(operation, response.status, type).safeParse(value)
  expect(matched.error?.issues ?? [], `${route} → ${response.status} ${text.slice(0, 300)}`).toEqual([])
  return { status: response.status, value }
}

/** A refusal that is in the table of errors, with the table's status. */
function expectRefused({ status, value }: { status: number; value: unknown }, what: string): ErrorCode {
  const { code, message } = (value as { error: { code: ErrorCode; message: string } }).error ?? {}
  expect([what, code, status]).toEqual([what, expect.toSatisfy((c) => c in ERRORS), ERRORS[code]?.httpStatus])
  expect([what, status]).toEqual([what, expect.toSatisfy((s) => s >= 400 && s < 500)])
  expect(message).toContain(ERRORS[code].help)
  return code
}

const rolesOf = (name: string) => operationOf(document, name.split(' as ')[0] as string)['x-roles']
const tokenFor = (role: Role, sid: string) => world.token(role, sid)
const ownSession = async (entry: RouteEntry) => (entry.alone ? await aSession() : session)
/** Notes are changed by whoever wrote them. */
async function annotated(
  entry: RouteEntry,
  id: string,
  role: Role = 'service',
): Promise<Record<string, string>> {
  if (!entry.needsAnnotation) return {}
  const made = await world.call<AnnotationView>(server, 'POST', `/v1/sessions/${id}/annotations`, {
    headers: { 'idempotency-key': anId() },
    body: { kind: 'note', text: 'x' },
    token: await tokenFor(role === 'proctor' ? 'proctor' : 'service', id),
  })
  return { annotationId: made.body.id }
}

const ENTRIES = Object.entries(ROUTE_ENTRIES)
const PROTECTED = ENTRIES.filter(([name]) => name.includes('/v1/'))
const OF_SESSIONS = ENTRIES.filter(([name]) => name.includes('{id}'))
const WITH_BODIES = ENTRIES.filter(([, entry]) => entry.body !== undefined)

describe('the OpenAPI document', () => {
  test('is one', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(document as never)
    expect([errors, valid, validator.version]).toEqual([undefined, true, '3.1'])
  })

  // Failing? A new route needs an entry in tests/support/route-entries.ts: how it is called rightly, and how wrongly.
  test('has an entry for each of its routes, and no entry is of another', () => {
    const named = new Set(ENTRIES.map(([name]) => name.split(' as ')[0] as string))
    expect([...named].sort()).toEqual(routesOf(document).sort())
  })

  test('says of each route who may call it, what it takes and how it refuses', () => {
    for (const [name] of PROTECTED) {
      const operation = operationOf(document, name.split(' as ')[0] as string)
      expect([name, Object.keys(operation.responses)]).toEqual([name, expect.arrayContaining(['4XX', '5XX'])])
      expect([name, operation['x-roles']]).toEqual([name, expect.arrayContaining(['service'])])
    }
    for (const [name] of WITH_BODIES) {
      expect([name, operationOf(document, name).requestBody]).toEqual([name, expect.anything()])
    }
  })

  test('[R10] names the Idempotency-Key of each route that asks for one, and what each answer means', () => {
    for (const [name, { headers = {} }] of PROTECTED) {
      const operation = operationOf(document, name.split(' as ')[0] as string)
      const named = operation.parameters?.filter((one) => one.in === 'header').map((one) => one.name) ?? []
      if ('idempotency-key' in headers) expect([name, named]).toEqual([name, ['Idempotency-Key']])
      for (const { description } of Object.values(operation.responses))
        expect([name, description]).toEqual([name, expect.stringMatching(/^(?!Default).+/)])
    }
  })
})

describe.each(ENTRIES)('%s', (name, entry) => {
  test('answers each role that may, and refuses each that may not', async () => {
    for (const role of ROLES) {
      const roles = rolesOf(name)
      const { id } = await ownSession(entry)
      const params = await annotated(entry, id, role)
      const answer = await ask(name, entry, { id, params, token: await tokenFor(role, id) })
      if (roles === undefined || roles.includes(role)) {
        expect([role, answer.status, answer.value]).toEqual([
          role,
          expect.toSatisfy((status) => entry.statuses.includes(status)),
          expect.anything(),
        ])
      } else expect(expectRefused(answer, role)).toBe('ROLE_FORBIDDEN')
    }
  })

  test('refuses bad values in its address', async () => {
    for (const params of entry.badParams ?? [])
      expectRefused(await ask(name, entry, { params }), JSON.stringify(params))
    const good = await annotated(entry, session.id)
    for (const query of entry.badQueries ?? []) {
      // An empty query instead of the good one.
      expectRefused(await ask(name, entry, { params: good, query: query || ' ' }), query)
    }
  })
})

describe.each(PROTECTED)('%s', (name, entry) => {
  test('refuses nobody, and bad tokens', async () => {
    expect(expectRefused(await ask(name, entry, { token: null }), 'nobody')).toBe('TOKEN_MISSING')
    expect(expectRefused(await ask(name, entry, { token: 'abc' }), 'nonsense')).toBe('TOKEN_INVALID')
  })
})

describe.each(OF_SESSIONS)('%s', (name, entry) => {
  test('knows no session but the caller’s', async () => {
    for (const role of ROLES) {
      if (!rolesOf(name)?.includes(role)) continue
      const refused = await ask(name, entry, {
        id: other.id,
        params: { annotationId: '1' },
        token: await tokenFor(role, session.id),
      })
      expect(expectRefused(refused, role)).toBe('SESSION_NOT_FOUND')
    }
    for (const id of [anId(), 'x', '%00', 'x'.repeat(1000)]) {
      const refused = await ask(name, entry, { id, params: { annotationId: '1' } })
      expect(expectRefused(refused, id)).toBe('SESSION_NOT_FOUND')
    }
  })
})

describe.each(WITH_BODIES)('%s', (name, entry) => {
  test('refuses bad bodies', async () => {
    const params = await annotated(entry, session.id)
    const refused = async (what: string, asked: Asked) =>
      expectRefused(await ask(name, entry, { params, ...asked }), what)
    const type = (value: string) => ({ 'content-type': value })
    expect(await refused('no body', { body: '' })).toBe('VALIDATION')
    expect(await refused('no JSON', { body: '{"a":' })).toBe('VALIDATION')
    expect(await refused('a NUL', { body: '\0' })).toBe('VALIDATION')
    for (const body of ['null', '[]', '"text"', '7']) await refused(body, { body })
    expect(await refused('a text', { body: '{}', headers: type('text/plain') })).toBe(
      'MEDIA_TYPE_UNSUPPORTED',
    )
    expect(await refused('a form', { body: 'a=1', headers: type('application/x-www-form-urlencoded') })).toBe(
      'MEDIA_TYPE_UNSUPPORTED',
    )
    const gzip = { body: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } }
    expect(await refused('compressed', gzip)).toBe('MEDIA_TYPE_UNSUPPORTED')
    expect(await refused('a large one', { body: `"${'x'.repeat(3 * 1024 * 1024)}"` })).toBe('BODY_TOO_LARGE')
    for (const body of entry.badBodies ?? []) {
      const text = JSON.stringify(body)
      await refused(text.slice(0, 200), { body: text })
    }
    expect((await world.getSession(server, session.id)).status).toBe('ACTIVE')
  })
})

test('nothing of this was unforeseen', () => {
  expect(server.output()).not.toContain('unforeseen error')
})
