import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import { LIMITS } from '../../protocol/limits.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

const ALLOWED = 'https://interviews.example'
const TIMEOUT_MS = 1_000

let world: World
let server: ProductProcess
let session: CreatedSessionView
let token: string
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer({
    ALLOWED_ORIGINS: `${ALLOWED}, http://localhost:3000`,
    REQUEST_TIMEOUT_MS: String(TIMEOUT_MS),
    HSTS_MAX_AGE_SEC: '31536000',
  })
  session = await world.createSession(server)
  token = await world.token('service')
})
afterAll(() => world[Symbol.asyncDispose]())

const post = (body: BodyInit, headers: Record<string, string>) =>
  fetch(`${server.url}/v1/sessions/${session.id}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body,
  })
const codeOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string } }
  return [response.status, error.code]
}
const BATCH = JSON.stringify({ events: [{ type: 'custom:x', timestamp: Date.now(), data: 1 }] })

describe('bodies', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('of type %s are refused as such', async (type) => {
    expect(await codeOf(await post(BATCH, { 'content-type': type }))).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED'])
  })

  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip'])(
    'compressed by %s are refused as such',
    async (encoding) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      expect(await codeOf(await post(gzipSync(BATCH), headers))).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED'])
    },
  )

  test('that are too large are refused by their length, and unread where they say it', async () => {
    const huge = `{"events":["${'x'.repeat(LIMITS.maxBatchBytes + 64 * 1024)}"]}`
    const headers = { 'content-type': 'application/json' }
    expect(await codeOf(await post(huge, headers))).toEqual([413, 'BODY_TOO_LARGE'])
    const { status } = await raw(
      `POST /v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        'content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{',
    )
    expect(status).toBe(413)
  })

  test('that don’t come whole in time are given up', async () => {
    const { status, text } = await raw(
      `POST /v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"candidateId":',
    )
    expect([status, text]).toEqual([400, expect.stringContaining('VALIDATION')])
  })

  test('nor do headers have for ever, or any size', async () => {
    expect((await raw('GET /v1/sessions HTTP/1.1\r\nhost: x\r\n')).status).toBe(400)
    const large = await raw(`GET /healthz?${'q'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`)
    expect([large.status, large.text]).toEqual([400, expect.stringContaining('headers')])
    expect((await raw('nonsense\r\n\r\n')).status).toBe(400)
  })

  /** Sends bytes as they are; resolves with the answer when the server has closed the connection. */
  function raw(bytes: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      let text = ''
      const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes))
      socket.on('data', (chunk) => {
        text += chunk.toString()
      })
      socket.on('error', reject)
      socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text }))
    })
  }
})

describe('what browsers are told', () => {
  const headersOf = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${server.url}${path}`, { headers })).headers

  test.each(['/', '/docs/', '/v1/sessions', '/nothing'])(
    '%s carries the headers of every answer',
    async (path) => {
      const headers = await headersOf(path, { accept: 'text/html' })
      expect(Object.fromEntries(headers)).toMatchObject({
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'strict-transport-security': expect.stringContaining('max-age=31536000'),
      })
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe-eval')
      expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/)
    },
  )

  test('the console’s policy has nothing inline, and reaches its own host alone', async () => {
    const policy = (await headersOf('/', { accept: 'text/html' })).get('content-security-policy') ?? ''
    expect(policy).not.toContain('unsafe')
    expect(policy.split(';')).toContain("connect-src 'self'")
  })

  test('answers of the API are kept nowhere, refusals too', async () => {
    const good = await headersOf('/v1/sessions', { authorization: `Bearer ${token}` })
    const bad = await headersOf(`/v1/sessions/${anId()}/events`)
    expect([good.get('cache-control'), bad.get('cache-control')]).toEqual(['no-store', 'no-store'])
  })

  test('without a setting nothing is said about TLS', async () => {
    const plain = await world.startServer()
    const { headers } = await fetch(`${plain.url}/healthz`)
    expect(headers.get('strict-transport-security')).toBeNull()
    await plain.kill()
  })
})

describe('origins', () => {
  const preflight = (origin: string) =>
    fetch(`${server.url}/v1/sessions`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
  const socketOutcome = (origin: string | undefined) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(
        `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
        {
          ...(origin === undefined ? {} : { origin }),
        },
      )
      socket.on('open', () => {
        socket.close()
        resolve('open')
      })
      socket.on('error', () => resolve('refused'))
    })

  test.each([ALLOWED, 'http://localhost:3000'])('%s is allowed', async (origin) => {
    const answer = await fetch(`${server.url}/v1/sessions`, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    const exposed = answer.headers.get('access-control-expose-headers')?.split(/, */)
    expect(exposed).toEqual(['retry-after', 'content-disposition', 'date'])
    const allowed = (await preflight(origin)).headers
    expect(allowed.get('access-control-allow-origin')).toBe(origin)
    const methods = allowed.get('access-control-allow-methods')?.split(/, */)
    expect(methods).toEqual(expect.arrayContaining(['GET', 'POST', 'PATCH', 'DELETE']))
    expect(await socketOutcome(origin)).toBe('open')
  })

  test.each([
    'https://evil.example',
    'https://interviews.example.evil.example',
    'http://interviews.example',
    'https://interviews.example:8443',
    'null',
  ])('%s gets no word of CORS, and no socket', async (origin) => {
    for (const answer of [
      await fetch(`${server.url}/v1/sessions`, { headers: { origin } }),
      await preflight(origin),
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect(await socketOutcome(origin)).toBe('refused')
  })

  test('the service’s own pages are allowed without being listed', async () => {
    expect(await socketOutcome(new URL(server.url).origin)).toBe('open')
    expect(await socketOutcome(`${new URL(server.url).origin}0`)).toBe('refused')
  })

  test('what is no browser has no origin', async () => {
    expect(await socketOutcome(undefined)).toBe('open')
  })
})

describe('[R9] a session that is not there is answered before anything else is', () => {
  /** Requests that are wrong in their own ways, about whatever session. */
  const REQUESTS: [string, string, string, BodyInit | undefined, Record<string, string>][] = [
    ['a good one', 'POST', '/events', BATCH, { 'idempotency-key': 'k' }],
    ['no body', 'POST', '/events', undefined, {}],
    ['no JSON', 'POST', '/events', '{', {}],
    ['a bad field', 'POST', '/events', '{"events":1}', {}],
    ['no key', 'POST', '/events', BATCH, {}],
    ['a bad query', 'POST', '/events?wait=never', BATCH, { 'idempotency-key': 'k' }],
    ['a compressed body', 'POST', '/events', gzipSync(BATCH), { 'content-encoding': 'gzip' }],
    ['another type', 'POST', '/events', BATCH, { 'content-type': 'text/plain' }],
    ['a large body', 'POST', '/events', `"${'x'.repeat(3 * 1024 * 1024)}"`, {}],
    ['a bad close', 'POST', '/close', '{"status":"DONE"}', {}],
    ['a bad page', 'GET', '/events?limit=0', undefined, {}],
    ['a bad log page', 'GET', '/access-log?limit=0', undefined, {}],
    ['a bad typed event', 'POST', '/test-results', '{}', { 'idempotency-key': 'k' }],
  ]

  test.each(REQUESTS)('%s', async (_what, method, path, body, headers) => {
    const missing = anId()
    const gone = await world.createSession(server)
    await world.sql`delete from session_recordings where id = ${gone.id}`
    const all = await world.token('service')
    const own = await world.token('service', [missing, gone.id])
    const ask = async (id: string, bearer: string) => {
      const response = await fetch(`${server.url}/v1/sessions/${id}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      })
      const { date, ...others } = Object.fromEntries(response.headers)
      return { status: response.status, headers: others, body: await response.text() }
    }
    const foreign = await ask(session.id, own)
    expect([foreign.status, JSON.parse(foreign.body).error.code]).toEqual([404, 'SESSION_NOT_FOUND'])
    expect(await ask(missing, own)).toEqual(foreign)
    expect(await ask(gone.id, own)).toEqual(foreign)
    expect(await ask(missing, all)).toEqual(foreign)
    expect(await ask(gone.id, all)).toEqual(foreign)
    expect(await ask('no-id', all)).toEqual(foreign)
  })
})
