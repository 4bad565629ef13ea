import { UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import type { CreatedSessionView, PostedEventsView } from '../../protocol/http/index.js'
import { signToken } from '../../server/auth/tokens.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '60000', FLUSH_DUE_EVENTS: '1000' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

const event = (data: unknown, more: object = {}) => ({
  type: 'custom:x',
  timestamp: Date.now(),
  data,
  ...more,
})
const call = <T = { error: { code: string; message: string } }>(
  method: string,
  path: string,
  options: Parameters<World['call']>[3] = {},
) => world.call<T>(server, method, path, options)
const post = (session: CreatedSessionView, body: object, headers = {}, query = '') =>
  call<PostedEventsView>('POST', `/v1/sessions/${session.id}/events${query}`, { body, headers })
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** Every route that speaks of one session, with a body that would be taken. */
const ROUTES = (
  id: string,
): [string, string, object | undefined, ('candidate' | 'proctor' | 'service')[]][] => [
  ['GET', `/v1/sessions/${id}`, undefined, ['candidate', 'proctor', 'service']],
  ['POST', `/v1/sessions/${id}/events`, { events: [event(1)] }, ['candidate', 'service']],
  ['POST', `/v1/sessions/${id}/claude-interactions`, { role: 'user', content: '' }, ['candidate', 'service']],
  ['POST', `/v1/sessions/${id}/code-snapshots`, { fileName: 'a', content: '' }, ['candidate', 'service']],
  ['POST', `/v1/sessions/${id}/test-results`, { testName: 't', passed: true }, ['candidate', 'service']],
  ['GET', `/v1/sessions/${id}/events`, undefined, ['proctor', 'service']],
  ['GET', `/v1/sessions/${id}/state`, undefined, ['proctor', 'service']],
  ['POST', `/v1/sessions/${id}/token`, {}, ['service']],
  // Last, as the others need it open.
  ['POST', `/v1/sessions/${id}/close`, {}, ['candidate', 'service']],
]
const KEY = () => ({ 'idempotency-key': anId() })

describe('[R9] every route', () => {
  const anywhere = ROUTES('x').map(([method, path]) => [method, path.replace('/x', '/:id'), path] as const)

  test.each(anywhere)('%s %s opens for its roles alone', async (method, _route, template) => {
    for (const role of ['candidate', 'proctor', 'service'] as const) {
      const session = await world.createSession(server)
      const route = ROUTES(session.id).find(
        ([m, p]) => m === method && p === template.replace('/x', `/${session.id}`),
      )
      const [, path, body, allowed] = route as ReturnType<typeof ROUTES>[number]
      const token = await world.token(role, session.id)
      const answer = await call(method, path, { body, token, headers: KEY() })
      if (allowed.includes(role))
        expect([role, answer.status]).toEqual([role, expect.toSatisfy((s) => s < 300)])
      else expect([role, answer.body.error.code]).toEqual([role, 'ROLE_FORBIDDEN'])
    }
  })

  test.each(['POST', 'GET'])('%s /v1/sessions, without a session in the path', async (method) => {
    const allowed = { POST: ['service'], GET: ['proctor', 'service'] }[method]
    for (const role of ['candidate', 'proctor', 'service'] as const) {
      const body = method === 'POST' ? { candidateId: anId() } : undefined
      const answer = await call(method, '/v1/sessions', { body, token: await world.token(role) })
      const ok = allowed?.includes(role)
      expect([role, answer.status]).toEqual([role, ok ? (method === 'POST' ? 201 : 200) : 403])
    }
  })

  test.each<[string, ErrorCode, () => Promise<string | null>]>([
    ['no token', 'TOKEN_MISSING', async () => null],
    ['an expired token', 'TOKEN_EXPIRED', () => sign(world.secret, -1)],
    ['a token under another secret', 'TOKEN_INVALID', () => sign('another secret of at least 32 chars')],
    [
      'an unsigned token',
      'TOKEN_INVALID',
      async () => new UnsecuredJWT({ role: 'service', sub: 's', sid: '*', exp: 9e9 }).encode(),
    ], // prettier-ignore
    ['nonsense', 'TOKEN_INVALID', async () => 'x'],
  ])('refuses %s with %s', async (_what, code, token) => {
    const session = await world.createSession(server)
    const given = await token()
    for (const [method, path, body] of [...ROUTES(session.id), ['GET', '/v1/sessions', undefined] as const]) {
      const answer = await call(method, path, { body, token: given, headers: KEY() })
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 401, code])
      expect(answer.body.error.message).toContain(ERRORS[code].help)
    }
  })
  const sign = (secret: string, expiresInSec = 60) =>
    signToken({ role: 'service', sub: 's', sid: '*', expiresInSec }, secret)

  test('answers a caller without a right byte for byte as if there were no session', async () => {
    const [mine, other] = [await world.createSession(server), await world.createSession(server)]
    for (const role of ['candidate', 'proctor', 'service'] as const) {
      const token = await world.token(role, [mine.id])
      for (const [i, [method, , body, allowed]] of ROUTES('x').entries()) {
        if (!allowed.includes(role)) continue
        const answers = await Promise.all(
          [other.id, anId(), 'no id', `${other.id}x`, encodeURIComponent("'; --")].map(async (id) => {
            const path = ROUTES(id)[i]?.[1]
            const response = await fetch(`${server.url}${path}`, {
              method,
              headers: {
                authorization: `Bearer ${token}`,
                ...(body ? { 'content-type': 'application/json' } : {}),
                ...KEY(),
              },
              ...(body ? { body: JSON.stringify(body) } : {}),
            })
            const { date, ...headers } = Object.fromEntries(response.headers)
            return { status: response.status, headers, body: await response.text() }
          }),
        )
        expect(answers[0]?.status).toBe(404)
        for (const answer of answers) expect(answer).toEqual(answers[0])
        // And as one that really is not there answers to somebody who may see all.
        const all = await call(method, ROUTES(anId())[i]?.[1] as string, {
          body,
          token: await world.token(role),
          headers: KEY(),
        })
        expect(JSON.stringify(all.body)).toBe(answers[0]?.body)
      }
    }
    expect((await world.getSession(server, other.id)).status).toBe('ACTIVE')
  })

  test('takes the scheme of a token in any case, and nothing but a bearer', async () => {
    const token = await world.token('service')
    const statusOf = async (authorization: string) =>
      (await fetch(`${server.url}/v1/sessions`, { headers: { authorization } })).status
    expect(await Promise.all([`bearer ${token}`, `BEARER  ${token}`].map(statusOf))).toEqual([200, 200])
    const others = [token, `Basic ${token}`, `Bearer`, `Bearer ${token} ${token}`]
    expect(await Promise.all(others.map(statusOf))).toEqual([401, 401, 401, 401])
  })

  test('what is not there is not there', async () => {
    for (const path of ['/v1', '/v1/session', '/v1/sessions/x/y', '/nothing']) {
      expect(await call('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
    }
  })
})

describe('creating a session', () => {
  test('twice for one candidate answers with the first', async () => {
    const candidateId = anId()
    const create = () =>
      call<CreatedSessionView>('POST', '/v1/sessions', { body: { candidateId, timeLimit: 60 } })
    const answers = await Promise.all([create(), create(), create()])
    expect(answers.map((a) => a.status).sort()).toEqual([200, 200, 201])
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1)
    await call('POST', `/v1/sessions/${answers[0]?.body.id}/close`, { body: {} })
    expect(await create()).toMatchObject({ status: 409, body: { error: { code: 'CANDIDATE_CLOSED' } } })
  })

  test('question and metadata are any JSON, and come back as they were', async () => {
    const question = JSON.parse('{"title":"T\\u0000","__proto__":{"a":1},"list":[1,"\\ud83d"]}')
    const session = await world.createSession(server, { question, metadata: null })
    const got = await world.getSession(server, session.id)
    expect(JSON.stringify(got.question)).toBe(JSON.stringify(question))
    expect(got.metadata).toBeNull()
  })

  test.each<[string, string]>([
    ['no candidateId', '{}'],
    ['an empty candidateId', '{"candidateId":""}'],
    ['a NUL in it', '{"candidateId":"a\\u0000"}'],
    ['half a character in it', '{"candidateId":"\\ud83d"}'],
    ['a time limit of 0', '{"candidateId":"c","timeLimit":0}'],
    ['a time limit of half a second', '{"candidateId":"c","timeLimit":0.5}'],
    ['a question nested too deeply', `{"candidateId":"c","question":${nested(3000)}}`],
    ['metadata nested far too deeply', `{"candidateId":"c","metadata":${nested(100_000)}}`],
  ])('%s is told by its field', async (_what, body) => {
    const answer = await call('POST', '/v1/sessions', {
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION'])
    expect(answer.body.error.message).toMatch(/candidateId|timeLimit|question|metadata/)
  })
})

describe('[R10] once over HTTP', () => {
  test('the same source and firstSeq twice, also at once, is one write', async () => {
    const session = await world.createSession(server)
    const body = { source: 'backend', firstSeq: 1, events: [event(1), event(2)] }
    const answers = await Promise.all([post(session, body), post(session, body), post(session, body)])
    for (const { status, body } of answers) {
      expect([status, body.receivedSeq, body.source]).toEqual([202, 2, 1])
    }
    expect(await post(session, body)).toMatchObject({ status: 202, body: { receivedSeq: 2 } })
    expect((await world.readAll(server, session.id)).map((e) => e.data)).toEqual([1, 2])
  })

  test('the same Idempotency-Key twice, also at once, is one write; another key is another', async () => {
    const session = await world.createSession(server)
    const key = { 'idempotency-key': 'run-1' }
    const write = (headers: object) => post(session, { events: [event(1)] }, headers)
    const answers = await Promise.all([write(key), write(key), write(key)])
    expect(new Set(answers.map((a) => a.body.source)).size).toBe(1)
    await write(key)
    await write({ 'idempotency-key': 'run-2' })
    expect(await world.readAll(server, session.id)).toHaveLength(2)
  })

  test('no source, whatever its name, uses up the place of a key or of a close', async () => {
    const session = await world.createSession(server)
    const write = (source: string) => post(session, { source, firstSeq: 1, events: [event(source)] })
    for (const source of ['close', 'once:key', 'the', 'key']) expect((await write(source)).status).toBe(202)
    await post(session, { events: [event('by key')] }, { 'idempotency-key': 'key' })
    await call('POST', `/v1/sessions/${session.id}/close`, { body: { finalCode: 'x' } })
    const events = await world.readAll(server, session.id)
    expect(events.map((e) => e.data)).toEqual([
      'close',
      'once:key',
      'the',
      'key',
      'by key',
      { finalCode: 'x' },
    ])
  })

  test('what was rejected once is named again', async () => {
    const session = await world.createSession(server)
    const body = { source: 's', firstSeq: 1, events: [{ type: 'nonsense' }] }
    const [first, second] = [await post(session, body), await post(session, body)]
    expect(first.body.rejected).toHaveLength(1)
    expect(second.body).toEqual(first.body)
  })

  test('closing twice, also at once, is one close and one last event', async () => {
    const session = await world.createSession(server)
    const close = (finalCode: string) =>
      call<{ endTime: number; status: string }>('POST', `/v1/sessions/${session.id}/close`, {
        body: { finalCode },
      })
    const answers = await Promise.all([close('a'), close('a')])
    expect(answers.map((a) => a.body.status)).toEqual(['COMPLETED', 'COMPLETED'])
    expect(await close('b')).toMatchObject({ status: 200, body: { endTime: answers[0]?.body.endTime } })
    expect((await world.readAll(server, session.id)).map((e) => e.data)).toEqual([{ finalCode: 'a' }])
  })

  test('wait=committed answers 200 once PostgreSQL has it, and at once when it has', async () => {
    const session = await world.createSession(server)
    const body = { source: 's', firstSeq: 1, events: [event(1), event(2)] }
    // Nothing else would flush in this test's time.
    expect(await post(session, body, {}, '?wait=committed')).toMatchObject({
      status: 200,
      body: { receivedSeq: 2, committedSeq: 2 },
    })
    expect(await world.sql`select 1 from session_events where session_id = ${session.id}`).toHaveLength(2)
    expect((await post(session, body, {}, '?wait=committed')).status).toBe(200)
    expect((await post(session, { ...body, firstSeq: 3 })).body).toMatchObject({
      receivedSeq: 4,
      committedSeq: 2,
    })
    expect((await post(session, body, {}, '?wait=long')).status).toBe(400)
  })

  test('typed routes write one event, told once what is wrong with it', async () => {
    const session = await world.createSession(server)
    const path = `/v1/sessions/${session.id}/test-results`
    const body = { testName: 't', passed: true, source: 's', firstSeq: 1, timestamp: 1.7e12, extra: [1] }
    await call('POST', path, { body })
    await call('POST', path, { body })
    const events = await world.readAll(server, session.id)
    expect(events.map((e) => [e.type, e.data])).toEqual([
      ['test_result', { testName: 't', passed: true, extra: [1] }],
    ])
    const { message } = (await call('POST', path, { body: { ...body, firstSeq: 2, passed: 'yes' } })).body
      .error
    expect(message.split(ERRORS.EVENT_INVALID.help)).toHaveLength(2)
  })
})

describe('tokens and closing', () => {
  test('a token that was asked for opens that session, as the candidate of it', async () => {
    const [session, other] = [await world.createSession(server), await world.createSession(server)]
    const { body } = await call<{ token: string }>('POST', `/v1/sessions/${session.id}/token`, {
      body: { sub: 'somebody' },
    })
    const candidate = await connectCandidate(server.url, { token: body.token, sourceId: 's', protocol: 1 })
    expect(candidate.welcome.sessionId).toBe(session.id)
    candidate.close()
    expect((await world.getSession(server, session.id)).sources[0]?.sub).toBe(session.candidateId)
    expect((await call('GET', `/v1/sessions/${other.id}`, { token: body.token })).status).toBe(404)
    const bad = await call('POST', `/v1/sessions/${session.id}/token`, { body: { role: 'service' } })
    expect(bad.body.error.code).toBe('VALIDATION')
  })

  test('a candidate sees the status of the own session and nothing else of it', async () => {
    const session = await world.createSession(server, { metadata: { secret: 1 }, question: 'q' })
    const answer = await call<object>('GET', `/v1/sessions/${session.id}`, { token: session.candidateToken })
    expect(Object.keys(answer.body).sort()).toEqual(
      [
        'candidateId',
        'closing',
        'endTime',
        'eventCount',
        'id',
        'keystrokeSampling',
        'startTime',
        'status',
        'timeLimit',
      ].sort(),
    )
  })

  test('[R17] ERROR is for the platform to set', async () => {
    const session = await world.createSession(server)
    const close = (token?: string) =>
      call<{ status: string; error: { code: string } }>('POST', `/v1/sessions/${session.id}/close`, {
        body: { status: 'ERROR' },
        ...(token ? { token } : {}),
      })
    expect((await close(session.candidateToken)).body.error.code).toBe('ROLE_FORBIDDEN')
    expect((await close()).body.status).toBe('ERROR')
  })
})

test('nothing unforeseen has happened', () => {
  expect(server.output()).not.toMatch(/"level":[456]0/)
})
