import { afterAll, beforeAll, expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import { BAD_BATCHES, BAD_EVENTS, event } from '../support/bad-input.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '100', FLUSH_DUE_EVENTS: '20' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

/** All of a session, once PostgreSQL has all of it. */
const committed = async (session: CreatedSessionView, count: number) => {
  await waitFor(
    `${count} events in PostgreSQL`,
    async () => (await world.getSession(server, session.id)).eventCount === count,
  )
  return world.readAll(server, session.id)
}

const post = (session: CreatedSessionView, body: unknown, headers: Record<string, string> = {}) =>
  world.call<{
    error?: { code: string; message: string; details?: object }
    rejected?: { code: string }[]
  }>(server, 'POST', `/v1/sessions/${session.id}/events`, { body, headers })

test.each(
  BAD_BATCHES.filter(
    ([what, , bad]) => typeof bad(1) === 'object' && bad(1) !== null && what !== 'no firstSeq',
  ),
)('[R5] %s: %s', async (_what, code, bad) => {
  const session = await world.createSession(server)
  const body = bad(1)
  const answer = await post(
    session,
    Array.isArray(body) ? body : { source: 'backend', ...(body as object) },
    // Without a firstSeq there has to be another way to tell a repetition.
    { 'idempotency-key': anId() },
  )
  // A body that is no object of the described shape is told by its field, before it is a batch.
  const codes = [code, 'VALIDATION']
  expect(codes).toContain(answer.body.error?.code)
  expect(answer.status).toBe(ERRORS[answer.body.error?.code as ErrorCode].httpStatus)
  expect(answer.body.error?.message).toMatch(/\.$/)
  if (code === 'BATCH_GAP') expect(answer.body.error?.details).toEqual({ expectedSeq: 1 })
  expect(await world.readAll(server, session.id)).toEqual([])
})

test.each<[string, ErrorCode, object]>([
  ['a source seq of 0', 'BATCH_SEQ_INVALID', { source: 's', firstSeq: 0, events: [event(1)] }],
  ['half a source seq', 'BATCH_SEQ_INVALID', { source: 's', firstSeq: 1.5, events: [event(1)] }],
  ['no events', 'BATCH_MALFORMED', { source: 's', firstSeq: 1, events: [] }],
  ['no place', 'IDEMPOTENCY_REQUIRED', { events: [event(1)] }],
  ['a source without firstSeq', 'IDEMPOTENCY_REQUIRED', { source: 's', events: [event(1)] }],
  ['a source that cannot be one', 'VALIDATION', { source: 'a b', firstSeq: 1, events: [event(1)] }],
])('[R5] %s has a code of its own: %s', async (_what, code, body) => {
  const session = await world.createSession(server)
  const answer = await post(session, body)
  expect([answer.status, answer.body.error?.code]).toEqual([ERRORS[code].httpStatus, code])
  expect(answer.body.error?.message).toContain(ERRORS[code].help)
})

test('[R5] each bad event takes its own place and is named; a service may send what a proctor may', async () => {
  const session = await world.createSession(server)
  const bad = BAD_EVENTS.filter(([what]) => what !== "a proctor's type")
  for (const [i, [what, code, one]] of bad.entries()) {
    const events = [event('before'), one, event('after')]
    const answer = await post(session, { source: 'backend', firstSeq: 3 * i + 1, events })
    expect([what, answer.status]).toEqual([what, 202])
    expect(answer.body.rejected).toEqual([
      { sourceSeq: 3 * i + 2, code, message: expect.stringContaining(ERRORS[code].help) },
    ])
  }
  const events = await committed(session, 3 * bad.length)
  expect(events.filter((e) => e.type === 'rejected')).toHaveLength(bad.length)
  expect(events.filter((e) => e.type === 'custom:x')).toHaveLength(2 * bad.length)
})

test.each<[string, string, object, ErrorCode]>([
  ['claude-interactions', 'a wrong role', { role: 'robot', content: 'x' }, 'EVENT_INVALID'],
  ['claude-interactions', 'no content', { role: 'user' }, 'EVENT_INVALID'],
  ['code-snapshots', 'no name', { content: 'x' }, 'EVENT_INVALID'],
  ['code-snapshots', 'too long a text', { fileName: 'a', content: 'x'.repeat(1 << 20) }, 'EVENT_TOO_LARGE'],
  ['test-results', 'no verdict', { testName: 't' }, 'EVENT_INVALID'],
  ['test-results', 'a negative duration', { testName: 't', passed: true, duration: -1 }, 'EVENT_INVALID'],
  [
    'test-results',
    'a timestamp that is a text',
    { testName: 't', passed: true, timestamp: 'x' },
    'EVENT_TIMESTAMP_INVALID',
  ],
  [
    'test-results',
    'a firstSeq of 0',
    { testName: 't', passed: true, source: 's', firstSeq: 0 },
    'BATCH_SEQ_INVALID',
  ], // prettier-ignore
])('%s with %s', async (route, _what, body, code) => {
  const session = await world.createSession(server)
  const answer = await world.call<{ error: { code: string; message: string } }>(
    server,
    'POST',
    `/v1/sessions/${session.id}/${route}`,
    { body, headers: { 'idempotency-key': 'k' } },
  )
  expect([answer.status, answer.body.error.code]).toEqual([ERRORS[code].httpStatus, code])
  expect(answer.body.error.message).not.toContain('xxx')
})

test.each<[string, string, number, ErrorCode]>([
  ['text that is no JSON', '{', 400, 'VALIDATION'],
  ['an empty body', '', 400, 'VALIDATION'],
  ['JSON null', 'null', 400, 'VALIDATION'],
  ['more bytes than anything may have', JSON.stringify('x'.repeat(3 << 20)), 413, 'BODY_TOO_LARGE'],
])('%s', async (_what, body, status, code) => {
  const session = await world.createSession(server)
  const answer = await post(session, body, { 'content-type': 'application/json' })
  expect([answer.status, answer.body.error?.code]).toEqual([status, code])
})

test('[R12] a closed session and one that is not there', async () => {
  const session = await world.createSession(server)
  const early = event(1)
  await post(session, { source: 'early', firstSeq: 1, events: [early] })
  await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
  const body = { source: 's', firstSeq: 1, events: [event(1)] }
  const closed = { status: 409, body: { error: { code: 'SESSION_CLOSED' } } }
  expect(await post(session, body)).toMatchObject(closed)
  // A source from before the close may bring what was made before it, and nothing else.
  const later = event(3, { timestamp: Date.now() + 1000 })
  expect(await post(session, { source: 'early', firstSeq: 2, events: [later] })).toMatchObject(closed)
  expect((await post(session, { source: 'early', firstSeq: 2, events: [early] })).status).toBe(202)
  expect(await post({ ...session, id: anId() }, body)).toMatchObject({
    status: 404,
    body: { error: { code: 'SESSION_NOT_FOUND' } },
  })
})

test('[R5] [R12] a final code that is too large is told before the session is closed over it', async () => {
  const session = await world.createSession(server)
  const close = (finalCode: string) =>
    world.call<{ status: string; error?: { code: string } }>(
      server,
      'POST',
      `/v1/sessions/${session.id}/close`,
      { body: { finalCode } },
    )
  expect(await close('x'.repeat(1 << 20))).toMatchObject({
    status: 413,
    body: { error: { code: 'EVENT_TOO_LARGE' } },
  })
  expect(await close('print()')).toMatchObject({ status: 200, body: { status: 'COMPLETED' } })
  expect((await world.readAll(server, session.id)).map((e) => [e.type, e.data])).toEqual([
    ['session_submit', { finalCode: 'print()' }],
  ])
})

test('nothing that was typed and nothing unforeseen stands in the logs', () => {
  expect(server.output()).not.toMatch(/"level":[456]0/)
  expect(server.output()).not.toContain('xxxx')
})
