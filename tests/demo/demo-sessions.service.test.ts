import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEMO_QUESTION, DEMO_TIME_LIMIT_SEC } from '../../protocol/demo.js'
import type { DemoSessionView, DemoView } from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { DEMO: 'on', TRUST_PROXY: '1', ANTHROPIC_API_KEY: '' } })
  server = await world.startServer()
})
afterAll(() => world?.[Symbol.asyncDispose]())

/** Somebody without a token, at an address. */
const ask = <T>(method: string, path: string, address: string, at = server) =>
  world.call<T>(at, method, path, { token: null, headers: { 'x-forwarded-for': address } })
const start = (address: string) => ask<DemoSessionView>('POST', '/v1/demo/sessions', address)

test('whoever comes gets a session of an own candidate, and a token for that alone', async () => {
  const [first, second] = [await start('192.0.2.1'), await start('192.0.2.1')]
  expect([first.status, second.status]).toEqual([201, 201])
  const { sessionId, candidateToken, chat } = first.body
  expect(sessionId).not.toBe(second.body.sessionId)
  expect(chat).toBe(false)
  const session = await world.getSession(server, sessionId)
  expect(session).toMatchObject({
    status: 'ACTIVE',
    candidateId: expect.stringMatching(/^demo-/),
    question: DEMO_QUESTION,
    timeLimit: DEMO_TIME_LIMIT_SEC,
    metadata: { demo: true },
  })
  const read = (id: string) => world.call(server, 'GET', `/v1/sessions/${id}`, { token: candidateToken })
  expect((await read(sessionId)).status).toBe(200)
  expect((await read(second.body.sessionId)).status).toBe(404)
  const events = await world.call(server, 'GET', `/v1/sessions/${sessionId}/events`, {
    token: candidateToken,
  })
  expect(events.status).toBe(403)
})

test('it is said whether there is a model to ask', async () => {
  expect((await ask<DemoView>('GET', '/v1/demo', '192.0.2.1')).body).toEqual({ chat: false })
  const withModel = await world.startServer({ ANTHROPIC_API_KEY: 'a key' })
  expect((await ask<DemoView>('GET', '/v1/demo', '192.0.2.1', withModel)).body).toEqual({ chat: true })
  await withModel.kill()
})

test('one address gets so many in a minute, others theirs', async () => {
  const answers: number[] = []
  let retryAfterSec = 0
  // At most one turn of the minute lies between.
  for (let i = 0; i < 61 && !answers.includes(429); i++) {
    const response = await fetch(`${server.url}/v1/demo/sessions`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '192.0.2.77' },
    })
    answers.push(response.status)
    retryAfterSec = Number(response.headers.get('retry-after'))
  }
  expect(answers.at(-1)).toBe(429)
  expect(answers.length).toBeGreaterThan(30)
  expect(retryAfterSec).toBeGreaterThan(0)
  expect((await start('192.0.2.78')).status).toBe(201)
})

test('where it is off there is no such address, and nothing of it in the description', async () => {
  const off = await world.startServer({ DEMO: '' })
  for (const [method, path] of [
    ['GET', '/v1/demo'],
    ['POST', '/v1/demo/sessions'],
  ] as const) {
    const answer = await ask<{ error: { code: string } }>(method, path, '192.0.2.1', off)
    expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND'])
  }
  const described = async (at: ProductProcess) =>
    Object.keys((await world.call<{ paths: object }>(at, 'GET', '/docs/json', { token: null })).body.paths)
  expect(await described(off)).not.toContain('/v1/demo/sessions')
  expect(await described(server)).toContain('/v1/demo/sessions')
  await off.kill()
})

test('the page is there in both cases, under the console’s policy; only its worker may run what it is given', async () => {
  const page = await fetch(`${server.url}/demo`, { headers: { accept: 'text/html' } })
  const html = await page.text()
  expect(html).toContain('<title>Interview · InterviewLM Recorder</title>')
  expect(page.headers.get('content-security-policy')).toMatch(
    /script-src 'self';style-src 'self' 'nonce-[\w-]+';/,
  )
  const policies = new Map<string, string>()
  const script = /src="(\/assets\/demo-[^"]+)"/.exec(html)?.[1] ?? ''
  const runner = /code-runner-[\w-]+\.js/.exec(await (await fetch(server.url + script)).text())?.[0]
  for (const path of [script, `/assets/${runner}`]) {
    const { headers, status } = await fetch(server.url + path)
    expect([path, status]).toEqual([path, 200])
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    policies.set(path, headers.get('content-security-policy') ?? '')
  }
  expect(policies.get(script)).not.toContain('unsafe')
  expect(policies.get(`/assets/${runner}`)).toBe(
    "default-src 'none';script-src blob: 'unsafe-eval';worker-src 'none'",
  )
})
