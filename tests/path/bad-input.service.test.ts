import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BatchAck } from '../../protocol/batch.js'
import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import type { CreatedSessionView } from '../../protocol/http.js'
import { LIMITS, MAX_PACKET_BYTES } from '../../protocol/limits.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate, type RawCandidate, type Refused } from '../support/raw-candidate.js'
import { anId } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
const open: RawCandidate[] = []
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '100', FLUSH_DUE_EVENTS: '20' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(async () => {
  for (const candidate of open) candidate.close()
  await world[Symbol.asyncDispose]()
})

const connect = async (session: CreatedSessionView, sourceId = anId(), token = session.candidateToken) => {
  const candidate = await connectCandidate(server.url, {
    token,
    sourceId,
    protocol: 1,
    sessionId: session.id,
  })
  open.push(candidate)
  return candidate
}

const event = (data: unknown, more: object = {}) => ({
  type: 'custom:x',
  timestamp: Date.now(),
  data,
  ...more,
})
const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown

/** All of a session, once PostgreSQL has all of it. */
const committed = async (session: CreatedSessionView, count: number) => {
  await waitFor(
    `${count} events in PostgreSQL`,
    async () => (await world.getSession(server, session.id)).eventCount === count,
  )
  return world.readAll(server, session.id)
}

/** What can't be read as a batch, with the code it is refused with. `n` is the next source seq. */
const BAD_BATCHES: [string, ErrorCode, (n: number) => unknown][] = [
  ['nothing', 'BATCH_MALFORMED', () => undefined],
  ['null', 'BATCH_MALFORMED', () => null],
  ['a text', 'BATCH_MALFORMED', () => 'batch'],
  ['a number', 'BATCH_MALFORMED', () => 7],
  ['a list', 'BATCH_MALFORMED', () => [event(1)]],
  ['an empty object', 'BATCH_MALFORMED', () => ({})],
  ['no list of events', 'BATCH_MALFORMED', (n) => ({ firstSeq: n, events: 'all of them' })],
  ['no events', 'BATCH_MALFORMED', (n) => ({ firstSeq: n, events: [] })],
  ['no firstSeq', 'BATCH_MALFORMED', () => ({ events: [event(1)] })],
  ['a firstSeq that is a text', 'BATCH_MALFORMED', (n) => ({ firstSeq: `${n}`, events: [event(1)] })],
  ['a source seq of 0', 'BATCH_SEQ_INVALID', () => ({ firstSeq: 0, events: [event(1)] })],
  ['a negative source seq', 'BATCH_SEQ_INVALID', () => ({ firstSeq: -1, events: [event(1)] })],
  ['half a source seq', 'BATCH_SEQ_INVALID', (n) => ({ firstSeq: n + 0.5, events: [event(1)] })],
  ['a source seq beyond counting', 'BATCH_SEQ_INVALID', () => ({ firstSeq: 2 ** 60, events: [event(1)] })],
  ['a gap', 'BATCH_GAP', (n) => ({ firstSeq: n + 1, events: [event(1)] })],
  [
    'too many events',
    'BATCH_TOO_LARGE',
    (n) => ({ firstSeq: n, events: new Array(LIMITS.maxBatchEvents + 1).fill(event(1)) }),
  ],
  [
    'too many bytes',
    'BATCH_TOO_LARGE',
    (n) => ({ firstSeq: n, events: new Array(3).fill(event('x'.repeat(700_000))) }),
  ],
]

/** What can't be kept as an event, with the code it is rejected with. */
const BAD_EVENTS: [string, ErrorCode, unknown][] = [
  ['null', 'EVENT_INVALID', null],
  ['a text', 'EVENT_INVALID', 'event'],
  ['a list', 'EVENT_INVALID', []],
  ['no type', 'EVENT_UNKNOWN_TYPE', { timestamp: 1, data: {} }],
  ['an unknown type', 'EVENT_UNKNOWN_TYPE', event({}, { type: 'terminal' })],
  ['a type that every object has', 'EVENT_UNKNOWN_TYPE', event({}, { type: 'constructor' })],
  ["a proctor's type", 'EVENT_FORBIDDEN_TYPE', event({ text: 'x' }, { type: 'proctor_note' })],
  ["the service's own type", 'EVENT_FORBIDDEN_TYPE', event({}, { type: 'quarantined' })],
  ['a wrong field', 'EVENT_INVALID', event({ command: 7 }, { type: 'terminal_input' })],
  ['a missing field', 'EVENT_INVALID', event({}, { type: 'cursor' })],
  ['no data', 'EVENT_INVALID', { type: 'custom:x', timestamp: Date.now() }],
  ['a fileId that is no text', 'EVENT_INVALID', event(1, { fileId: 7 })],
  [
    'a forged reference to a snapshot',
    'EVENT_INVALID',
    event({ fileName: 'a', content: { $snapshot: 1 } }, { type: 'code_snapshot' }),
  ], // prettier-ignore
  ['no timestamp', 'EVENT_TIMESTAMP_INVALID', { type: 'custom:x', data: 1 }],
  ['a timestamp that is a text', 'EVENT_TIMESTAMP_INVALID', event(1, { timestamp: '2026-11-22' })],
  ['a timestamp of null', 'EVENT_TIMESTAMP_INVALID', event(1, { timestamp: null })],
  ['an event over its limit', 'EVENT_TOO_LARGE', event('x'.repeat(LIMITS.maxEventBytes))],
  ['data nested too deeply', 'EVENT_TOO_DEEP', event(nested(257))],
]

describe('[R5] over the socket', () => {
  test('each unreadable batch has its own code and says what to do, and the session goes on', async () => {
    const session = await world.createSession(server)
    const [candidate, bystander] = [await connect(session), await connect(session)]
    let n = 1
    for (const [what, code, bad] of BAD_BATCHES) {
      expect(await candidate.batch({ firstSeq: n, events: [event(n)] })).toMatchObject({ ok: true })
      const ack = await candidate.batch(bad(n + 1))
      expect([what, ack]).toEqual([
        what,
        {
          ok: false,
          code,
          message: expect.stringContaining(ERRORS[code].help),
          ...(code === 'BATCH_GAP' ? { expectedSeq: n + 1 } : {}),
        },
      ])
      expect(await bystander.batch({ firstSeq: n, events: [event(n)] })).toMatchObject({ ok: true })
      n += 1
    }
    const events = await committed(session, 2 * BAD_BATCHES.length)
    for (const source of [1, 2]) {
      const mine = events.filter((e) => e.source === source)
      expect(mine.map((e) => e.data)).toEqual(BAD_BATCHES.map((_, i) => i + 1))
    }
    expect(candidate.welcomes).toHaveLength(1)
    expect(candidate.socket.connected && bystander.socket.connected).toBe(true)
  })

  test('each bad event takes its own place, is named, and the good ones around it are kept', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    let firstSeq = 1
    for (const [what, code, bad] of BAD_EVENTS) {
      const ack = await candidate.batch({ firstSeq, events: [event('before'), bad, event('after')] })
      expect([what, ack]).toEqual([
        what,
        {
          ok: true,
          receivedSeq: firstSeq + 2,
          committedSeq: expect.any(Number),
          rejected: [{ sourceSeq: firstSeq + 1, code, message: expect.stringContaining(ERRORS[code].help) }],
        },
      ])
      firstSeq += 3
    }
    const events = await committed(session, 3 * BAD_EVENTS.length)
    for (const [i, [what, code, bad]] of BAD_EVENTS.entries()) {
      const [before, rejected, after] = events.slice(3 * i, 3 * i + 3)
      expect([what, before?.data, after?.data]).toEqual([what, 'before', 'after'])
      expect(rejected).toMatchObject({ type: 'rejected', checkpoint: true, sourceSeq: 3 * i + 2 })
      const { type } = (bad ?? {}) as { type?: string }
      expect(rejected?.data).toEqual({ code, claimedType: type ?? '', sizeBytes: expect.any(Number) })
    }
    // Nothing of what was sent stands in the place of a rejected event.
    expect(JSON.stringify(events)).not.toContain('xxxx')
    expect(events.every((e) => e.timestamp > Date.now() - 60_000)).toBe(true)
  })

  test('data nested deeper than any client writes', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const sent = [event('before'), 'DEEP', event('after')]
    const batch = JSON.stringify({ firstSeq: 1, events: sent }).replace(
      '"DEEP"',
      JSON.stringify(event('DEEP')).replace('"DEEP"', deep),
    )
    // A packet of the namespace with an answer wanted, as no client's encoder gets it out.
    candidate.socket.io.engine.write(`2/candidate,7["batch",${batch}]`)
    const events = await committed(session, 3)
    expect(events.map((e) => e.data)).toEqual([
      'before',
      { code: 'EVENT_TOO_DEEP', claimedType: 'custom:x', sizeBytes: expect.any(Number) },
      'after',
    ])
  })

  test('a packet beyond all limits ends the connection; the source goes on with the next one', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session, 'tab')
    await candidate.batch({ firstSeq: 1, events: [event(1)] })
    candidate.socket.emit('batch', { firstSeq: 2, events: [event('x'.repeat(MAX_PACKET_BYTES))] })
    await waitFor('the end of the connection', () => !candidate.socket.connected)
    const again = await connect(session, 'tab')
    expect(again.welcome.receivedSeq).toBe(1)
    expect(await again.batch({ firstSeq: 2, events: [event(2)] })).toMatchObject({ ok: true, receivedSeq: 2 })
    expect((await committed(session, 2)).map((e) => e.data)).toEqual([1, 2])
  })

  test('messages of no known kind, without an answer to call, or with binary in them, break nothing', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    const { socket } = candidate
    for (const name of ['batch', 'watermark', 'clock', 'constructor', '__proto__', 'watch']) {
      socket.emit(name)
      socket.emit(name, null)
      socket.emit(name, 1, 2, 3)
      socket.emit(name, { firstSeq: 1, events: [event(1)] })
    }
    const ack = await candidate.batch({ firstSeq: 1, events: [event(Buffer.from([0, 255]))] })
    expect(ack).toMatchObject({ ok: true, receivedSeq: 1 })
    expect(await candidate.watermark()).toMatchObject({ receivedSeq: 1 })
    expect(socket.connected).toBe(true)
  })

  test('[R12] a closed session: batches and connections are refused, and so is a session that is gone', async () => {
    const [session, deleted] = [await world.createSession(server), await world.createSession(server)]
    const [candidate, orphan] = [await connect(session), await connect(deleted)]
    await candidate.batch({ firstSeq: 1, events: [event(1)] })
    await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    await waitFor('the end to be told', () => candidate.controls.some((c) => c.kind === 'ended'))
    const late = event(2, { timestamp: Date.now() + 1000 })
    expect(await candidate.batch({ firstSeq: 2, events: [late] })).toEqual({
      ok: false,
      code: 'SESSION_CLOSED',
      message: expect.stringContaining(ERRORS.SESSION_CLOSED.help),
    })
    // A source that was not there before the close has nothing to bring.
    await expect(connect(session)).rejects.toMatchObject({
      code: 'SESSION_CLOSED',
    } satisfies Partial<Refused>)

    await world.sql`delete from session_recordings where id = ${deleted.id}`
    const answers: (BatchAck & { code?: string })[] = []
    await waitFor('the buffer to be gone', async () => {
      answers.push(await orphan.batch({ firstSeq: answers.length + 1, events: [event(1)] }))
      return answers.at(-1)?.ok === false
    })
    expect(answers.at(-1)).toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })
})

describe('over HTTP', () => {
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
    await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    const body = { source: 's', firstSeq: 1, events: [event(1)] }
    expect(await post(session, body)).toMatchObject({
      status: 409,
      body: { error: { code: 'SESSION_CLOSED' } },
    })
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
})

describe('[R8] what is unusual and legal comes out as it went in', () => {
  const TEXT = 'a\0b\ud83d\t\r\n\\\u2028😀\udfff'

  test('text with NULs and lone surrogates, over the socket, from buffer and rows', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    const events = [
      event({ channel: 'o', data: TEXT }, { type: 'terminal_stream' }),
      event({ fileName: TEXT, content: TEXT }, { type: 'code_snapshot', fileId: TEXT }),
      event({ role: 'user', content: TEXT }, { type: 'ai_interaction' }),
      event({ changes: [[0, 0, TEXT]] }, { type: 'code_edit', fileId: TEXT }),
      event({ [TEXT]: TEXT }),
    ]
    expect(await candidate.batch({ firstSeq: 1, events })).toMatchObject({ ok: true, receivedSeq: 5 })
    const shape = (all: { type: string; data: unknown; fileId?: unknown; timestamp: number }[]) =>
      all.map(({ type, data, fileId = null, timestamp }) => ({ type, data, fileId, timestamp }))
    expect(shape(await world.readAll(server, session.id))).toEqual(shape(events))
    expect(shape(await committed(session, 5))).toEqual(shape(events))
  })

  test('keys with a meaning to JavaScript, over the socket and over every route', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    const evil =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"toString":3,"a":{"__proto__":4}}'
    const textOf = (fields: string) => `{${fields},${evil.slice(1)}`
    const sent = [
      ['custom:x', evil],
      ['terminal_input', textOf('"command":"ls"')],
      ['code_snapshot', textOf('"fileName":"a","content":"x"')],
      ['ai_interaction', textOf('"role":"user","content":"x"')],
      ['test_result', textOf('"testName":"t","passed":true')],
    ] as const
    const events = sent.map(([type, data]) => event(JSON.parse(data), { type }))
    await candidate.batch({ firstSeq: 1, events })
    const raw = async (path: string, body: string) => {
      const answer = await fetch(`${server.url}/v1/sessions/${session.id}/${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await world.token('service')}`,
          'content-type': 'application/json',
          'idempotency-key': path,
        },
        body,
      })
      expect(answer.status).toBe(202)
    }
    await raw('claude-interactions', textOf('"role":"user","content":"x"'))
    await raw('code-snapshots', textOf('"fileName":"b","content":"x"'))
    await raw('test-results', textOf('"testName":"t","passed":true'))
    const kept = await committed(session, 8)
    expect(kept.slice(0, 5).map((e) => JSON.stringify(e.data))).toEqual(sent.map(([, data]) => data))
    for (const { data } of kept.slice(5)) expect(JSON.stringify(data)).toContain('"__proto__":{"polluted":1}')
    // The processes are as they were.
    expect((await world.call(server, 'GET', '/healthz')).status).toBe(200)
    const health = (await world.call<object>(server, 'GET', '/healthz')).body
    expect((health as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('[R2] a clock that is far off is flagged and never a reason to refuse', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    const now = Date.now()
    const times = [now - 1000, now + 9 * 86_400_000, 0, -1e300, 1e300, now - 3 * 86_400_000, now]
    const ack = await candidate.batch({
      firstSeq: 1,
      events: times.map((timestamp) => event(1, { timestamp })),
    })
    expect(ack).toMatchObject({ ok: true, receivedSeq: times.length })
    expect(ack).not.toHaveProperty('rejected')
    const events = await committed(session, times.length)
    expect(events.map((e) => e.flags)).toEqual([undefined, ...new Array(5).fill(['clock_far']), undefined])
    expect(events.map((e) => e.rawTimestamp ?? e.timestamp)).toEqual(times)
    expect(events.map((e) => e.timestamp)).toEqual([...new Array(6).fill(now - 1000), now])
  })

  test('data as deep as it may be, seen by a watcher and read by everybody', async () => {
    const session = await world.createSession(server)
    const candidate = await connect(session)
    const ack = await candidate.batch({ firstSeq: 1, events: [event(nested(256))] })
    expect(ack).not.toHaveProperty('rejected')
    expect((await committed(session, 1))[0]?.data).toEqual(nested(256))
    expect((await world.call(server, 'GET', `/v1/sessions/${session.id}/state`)).status).toBe(200)
  })
})

describe('many at once', () => {
  test('[I3] [R1] 20 sources in one session, pipelined, with resends and bad events in between', async () => {
    const session = await world.createSession(server)
    const batches = 8
    const perBatch = 5
    await Promise.all(
      Array.from({ length: 20 }, async (_, s) => {
        const candidate = await connect(session, `tab-${s}`)
        const batch = (b: number) => ({
          firstSeq: 1 + b * perBatch,
          events: Array.from({ length: perBatch }, (_, i) =>
            i === 2 ? { type: 'bad' } : event(`${s}:${1 + b * perBatch + i}`),
          ),
        })
        const acks = await Promise.all(
          Array.from({ length: batches }, (_, b) => [batch(b), ...(b % 3 === 0 ? [batch(b)] : [])])
            .flat()
            .map((one) => candidate.batch(one)),
        )
        expect(acks.every((ack) => ack.ok)).toBe(true)
      }),
    )
    const events = await committed(session, 20 * batches * perBatch)
    const { sources } = await world.getSession(server, session.id)
    expect(events.map((e) => e.seq)).toEqual(events.map((_, i) => i + 1))
    for (let s = 0; s < 20; s++) {
      const number = sources.find((source) => source.sourceId === `tab-${s}`)?.source
      const mine = events.filter((e) => e.source === number)
      expect(mine.map((e) => e.sourceSeq)).toEqual(mine.map((_, i) => i + 1))
      expect(mine.filter((e) => e.type === 'rejected')).toHaveLength(batches)
      for (const e of mine) if (e.type !== 'rejected') expect(e.data).toBe(`${s}:${e.sourceSeq}`)
    }
  })

  test('a newer connection of the same source shuts the older one out, and nothing is written twice', async () => {
    const session = await world.createSession(server)
    const older = await connect(session, 'tab')
    await older.batch({ firstSeq: 1, events: [event(1)] })
    const newer = await connect(session, 'tab')
    expect(newer.welcome.receivedSeq).toBe(1)
    expect(await older.batch({ firstSeq: 2, events: [event('old')] })).toEqual({
      ok: false,
      code: 'SUPERSEDED',
      message: expect.stringContaining(ERRORS.SUPERSEDED.help),
    })
    await waitFor('the older one to be told', () => older.controls.some((c) => c.kind === 'superseded'))
    expect(await newer.batch({ firstSeq: 2, events: [event('new')] })).toMatchObject({ ok: true })
    expect((await committed(session, 2)).map((e) => e.data)).toEqual([1, 'new'])
  })
})

test('nothing that was typed and nothing unforeseen stands in the logs', () => {
  expect(server.output()).not.toMatch(/"level":[456]0/)
  expect(server.output()).not.toContain('xxxx')
})
