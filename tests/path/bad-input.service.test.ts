import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BatchAck } from '../../protocol/batch.js'
import { ERRORS } from '../../protocol/errors.js'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import { MAX_PACKET_BYTES } from '../../protocol/limits.js'
import { BAD_BATCHES, BAD_EVENTS, event, nested } from '../support/bad-input.js'
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

/** All of a session, once PostgreSQL has all of it. */
const committed = async (session: CreatedSessionView, count: number) => {
  await waitFor(
    `${count} events in PostgreSQL`,
    async () => (await world.getSession(server, session.id)).eventCount === count,
  )
  return world.readAll(server, session.id)
}

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
    const late = event(2, { timestamp: Date.now() + 60_000 })
    expect(await candidate.batch({ firstSeq: 2, events: [late] })).toEqual({
      ok: false,
      code: 'SESSION_CLOSED',
      message: expect.stringContaining(ERRORS.SESSION_CLOSED.help),
    })
    // A source that was not there before the close has nothing to bring.
    await expect(connect(session)).rejects.toMatchObject({
      code: 'SESSION_CLOSED',
    } satisfies Partial<Refused>)

    // Of a clock that is a little ahead, as far as anybody can know: from before the close.
    const ahead = event(2, { timestamp: Date.now() + 1_000 })
    expect(await candidate.batch({ firstSeq: 2, events: [ahead] })).toMatchObject({
      ok: true,
      receivedSeq: 2,
    })

    await world.sql`delete from session_recordings where id = ${deleted.id}`
    const answers: (BatchAck & { code?: string })[] = []
    await waitFor('the buffer to be gone', async () => {
      answers.push(await orphan.batch({ firstSeq: answers.length + 1, events: [event(1)] }))
      return answers.at(-1)?.ok === false
    })
    expect(answers.at(-1)).toMatchObject({ code: 'SESSION_NOT_FOUND' })
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
