import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApi } from './api.js'
import { hostEnvironment } from './environment.js'
import type { TokenSource } from './token.js'

interface Seen {
  range?: string
  method: string
  path: string
  authorization: string | undefined
  body: unknown
  key?: string
}

let server: Server
let seen: Seen[]
let answers: { status: number; body: unknown; headers?: Record<string, string> }[]

beforeEach(async () => {
  seen = []
  answers = []
  server = createServer(async (request, response) => {
    seen.push({
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      body: await bodyOf(request),
      ...keyOf(request),
      ...(request.headers.range !== undefined && { range: request.headers.range }),
    })
    const { status, body, headers } = answers.shift() ?? { status: 200, body: {} }
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const keyOf = ({ headers }: IncomingMessage) => {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? { key } : {}
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? undefined : JSON.parse(text)
}

/** Waits are cut short: what is tested is that there are any. */
const waitsMs: number[] = []
const env = {
  ...hostEnvironment,
  random: () => 0,
  after: (delayMs: number, run: () => void) => {
    if (delayMs < 30_000) waitsMs.push(delayMs)
    return hostEnvironment.after(delayMs < 30_000 ? 0 : delayMs, run)
  },
}
const api = (token: TokenSource = 'a-token', prefix = '') => {
  waitsMs.length = 0
  const { port } = server.address() as AddressInfo
  return createApi({ url: `http://127.0.0.1:${port}${prefix}`, token }, env)
}
const error = (code: string, message = `${code} happened.`) => ({
  error: { code, message, details: { field: 'x' } },
})

test('requests carry the token, the query and the body', async () => {
  await api('a-token', '/behind/a/proxy/').getEvents('s/1', { afterSeq: 5, types: ['paste', 'copy'] })
  await api().postEvents('s', { source: 'src', firstSeq: 1, events: [] }, { wait: 'committed' })
  expect(seen).toEqual([
    {
      method: 'GET',
      path: '/behind/a/proxy/v1/sessions/s%2F1/events?afterSeq=5&types=paste%2Ccopy',
      authorization: 'Bearer a-token',
      body: undefined,
    },
    {
      method: 'POST',
      path: '/v1/sessions/s/events?wait=committed',
      authorization: 'Bearer a-token',
      body: { source: 'src', firstSeq: 1, events: [] },
    },
  ])
})

test('all pages are read one after another', async () => {
  answers = [
    { status: 200, body: { epoch: 1, events: [{ seq: 1 }, { seq: 2 }], nextAfterSeq: 2 } },
    { status: 200, body: { epoch: 1, events: [{ seq: 3 }], nextAfterSeq: null } },
  ]
  const seqs: number[] = []
  for await (const event of api().iterateEvents('s', { limit: 2 })) seqs.push(event.seq)
  expect(seqs).toEqual([1, 2, 3])
  expect(seen.map(({ path }) => path)).toEqual([
    '/v1/sessions/s/events?limit=2&afterSeq=0',
    '/v1/sessions/s/events?limit=2&afterSeq=2',
  ])
})

test('an error is the service’s own, with its code and details', async () => {
  answers = [{ status: 404, body: error('SESSION_NOT_FOUND') }]
  await expect(api().getSession('s')).rejects.toMatchObject({
    name: 'RecorderError',
    code: 'SESSION_NOT_FOUND',
    message: 'SESSION_NOT_FOUND happened. Check the session id and that the token was made for it.',
    details: { field: 'x' },
  })
})

test('a code of a later version is told as INTERNAL with the code in the details', async () => {
  answers = [{ status: 418, body: error('INVENTED_LATER') }]
  await expect(api().getSession('s')).rejects.toMatchObject({
    code: 'INTERNAL',
    details: { code: 'INVENTED_LATER' },
  })
})

test('a service that is away is asked again, as late as it wants to be', async () => {
  answers = [
    { status: 503, body: error('TRY_LATER'), headers: { 'retry-after': '2' } },
    { status: 502, body: 'a proxy' },
    { status: 200, body: { id: 's' } },
  ]
  expect(await api().getSession('s')).toEqual({ id: 's' })
  expect(waitsMs).toEqual([2000, 300])
})

test('in the end it is given up', async () => {
  answers = Array.from({ length: 9 }, () => ({ status: 503, body: error('TRY_LATER') }))
  await expect(api().getSession('s')).rejects.toMatchObject({ code: 'TRY_LATER' })
  expect(seen).toHaveLength(5)
})

test('nobody there is UNREACHABLE', async () => {
  const client = api()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await expect(client.getSession('s')).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('a function that had no token is asked again by the next request', async () => {
  const tokens = ['', 'a-token']
  const asking = api(() => tokens.shift() ?? '')
  await asking.getSession('s')
  await asking.getSession('s')
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer', 'Bearer a-token'])
})

test('an expired token is renewed once', async () => {
  let tokens = 0
  answers = [
    { status: 401, body: error('TOKEN_EXPIRED') },
    { status: 200, body: { id: 's' } },
    { status: 401, body: error('TOKEN_EXPIRED') },
    { status: 401, body: error('TOKEN_EXPIRED') },
  ]
  const client = api(() => `token-${++tokens}`)
  await client.getSession('s')
  await expect(client.getSession('s')).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
  expect(seen.map(({ authorization }) => authorization?.slice(-1))).toEqual(['1', '2', '2', '3'])
})

test('[R10] what creates something carries one key, the same each time it is sent', async () => {
  answers = [
    { status: 429, body: error('RATE_LIMITED'), headers: { 'retry-after': '1' } },
    { status: 201, body: { id: '1' } },
    { status: 201, body: { id: '2' } },
  ]
  const client = api()
  await client.createAnnotation('s', { kind: 'note', text: 'x' })
  await client.createAnnotation('s', { kind: 'note', text: 'x' }, { idempotencyKey: 'mine' })
  expect(waitsMs).toEqual([1000])
  expect(seen).toHaveLength(3)
  expect(seen[0]?.key).toMatch(/^[0-9a-f-]{36}$/)
  expect(seen[1]?.key).toBe(seen[0]?.key)
  expect(seen[2]?.key).toBe('mine')
})

test('what was set aside is listed of one session or of all, and put back', async () => {
  answers = [
    { status: 200, body: { entries: [], nextAfterId: null } },
    { status: 200, body: { entries: [], nextAfterId: null } },
    { status: 200, body: { seq: 7, state: 'replayed' } },
    { status: 409, body: error('STILL_REFUSED') },
  ]
  const client = api()
  await client.getQuarantine(null, { state: 'set aside', afterId: 3 })
  await client.getQuarantine('s')
  expect(await client.replayQuarantined('s', 7)).toMatchObject({ state: 'replayed' })
  await expect(client.replayQuarantined('s', 7)).rejects.toMatchObject({ code: 'STILL_REFUSED' })
  expect(seen.map(({ path }) => path)).toEqual([
    '/v1/quarantine?state=set+aside&afterId=3',
    '/v1/sessions/s/quarantine',
    '/v1/sessions/s/quarantine/7/replay',
    '/v1/sessions/s/quarantine/7/replay',
  ])
})

test('a file comes as a stream or as a text', async () => {
  answers = [
    { status: 200, body: [1] },
    { status: 200, body: [2] },
    { status: 404, body: error('SESSION_NOT_FOUND') },
  ]
  const client = api()
  expect(await new Response(await client.exportSession('s', 'csv')).text()).toBe('[1]')
  expect(await client.exportText('s', 'ndjson', { afterSeq: 5 })).toBe('[2]')
  await expect(client.exportSession('s', 'git')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  expect(seen.map(({ path }) => path)).toEqual([
    '/v1/sessions/s/export/csv',
    '/v1/sessions/s/export/ndjson?afterSeq=5',
    '/v1/sessions/s/export/git',
  ])
})

test('keyframes are asked for by the range that an overview names, and come as bytes', async () => {
  answers.push({ status: 206, body: 'packed', headers: { 'content-type': 'application/gzip' } })
  const service = api()
  const bytes = await service.getKeyframes('s 1', { offset: 100, length: 50 })
  expect(await new Response(bytes).text()).toBe('"packed"')
  await service.getOverview('s 1')
  await service.getKeyframe('s 1')
  expect(seen).toMatchObject([
    { path: '/v1/sessions/s%201/keyframes', range: 'bytes=100-149' },
    { path: '/v1/sessions/s%201/overview' },
    { path: '/v1/sessions/s%201/keyframe' },
  ])
})
