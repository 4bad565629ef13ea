import { randomUUID } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startS3Server } from '../../db/test-support/s3-server.js'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate, Refused } from '../support/raw-candidate.js'
import { tracesOf } from '../support/traces.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const FAST = { CLOSE_GRACE_MS: '0', SWEEP_EVERY_MS: '100', RETENTION_EVERY_MS: '100', RETAIN_ROWS_MS: '0' }

let world: World
let servers: [ProductProcess, ProductProcess]
beforeAll(async () => {
  world = await makeWorld({ env: FAST })
  servers = await Promise.all([world.startServer(), world.startServer()])
  await world.startWorker({ RETAIN_LAST_EVENTS: '3' })
})
afterAll(() => world[Symbol.asyncDispose]())

/** A session that has said a secret in every kind of row there is. */
async function withSecret(of: World, server: ProductProcess) {
  const secret = `s3cret-${randomUUID()}`
  const question = { title: secret }
  const session = await of.createSession(server, { question, metadata: { secret } })
  const data = { content: secret, fileName: `${secret}.ts` }
  const events = [
    { type: 'session_start', timestamp: Date.now(), data: { questionTitle: secret } },
    { type: 'code_snapshot', timestamp: Date.now(), fileId: `${secret}.ts`, data },
    { type: 'ai_interaction', timestamp: Date.now(), data: { role: 'user', content: secret } },
    { type: 'test_result', timestamp: Date.now(), data: { testName: secret, passed: true } },
    ...Array.from({ length: 20 }, (_, i) => ({
      type: 'terminal_stream',
      timestamp: Date.now(),
      data: { channel: 'o', data: `${secret} ${i}` },
    })),
  ]
  await of.call(server, 'POST', `/v1/sessions/${session.id}/events?wait=committed`, {
    body: { source: `source-${secret}`, firstSeq: 1, events },
  })
  await of.call(server, 'GET', `/v1/sessions/${session.id}/events`, { token: await of.token('proctor') })
  await of.sql`
    insert into annotations (session_id, kind, text, author, at) values (${session.id}, 'note', ${secret}, 'p', now())`
  await of.sql`
    insert into quarantined_events (session_id, seq, type, reason, original)
    values (${session.id}, 99, 'x', 'x', ${Buffer.from(secret)})`
  await of.sql`
    insert into redactions (session_id, kind, through_seq, reason, role, author, event_count, place_count, places)
    values (${session.id}, 'text', 1, ${secret}, 'service', 's', 0, 0, '[]')`
  const words = [session.id, secret, session.candidateId]
  return { session, secret, words }
}

const erase = (of: World, server: ProductProcess, id: string, token?: string) =>
  of.call<{ erased: boolean }>(server, 'DELETE', `/v1/sessions/${id}`, token === undefined ? {} : { token })

/** What others still wrote at that moment goes with the sweep. */
const untilGone = (of: World, words: string[]) =>
  waitFor('nothing to be left', async () => {
    const traces = await tracesOf(of, words)
    if (traces.length === 1) return true
    throw new Error(`left: ${traces}`)
  })

async function expectTombstoneOnly(of: World, id: string, words: string[], line: object) {
  expect(await tracesOf(of, words)).toEqual(['access_log.session_id'])
  const lines =
    await of.sql`select role, sub, action, session_id as id, at from access_log where session_id = ${id}`
  expect([...lines]).toEqual([{ id, at: expect.any(Date), ...line }])
}

const BY_SERVICE = { role: 'service', sub: 'service-of-test', action: 'erase' }

describe('[R14] erasing leaves nothing but one line in access_log', () => {
  test('of a session that is live, recorded and watched on two nodes', async () => {
    const [server, second] = servers
    const { session, secret, words } = await withSecret(world, server)
    const auth = { token: session.candidateToken, sourceId: 'tab', protocol: 1 }
    const [tab, other] = await Promise.all([
      connectCandidate(server.url, auth),
      connectCandidate(second.url, { ...auth, sourceId: 'other' }),
    ])
    const watcher = await watching(second, await world.token('proctor', session.id), session.id)
    await tab.batch({
      firstSeq: 1,
      events: [{ type: 'terminal_input', timestamp: Date.now(), data: { command: secret } }],
    })
    expect((await tracesOf(world, words)).length).toBeGreaterThan(10)

    expect(await erase(world, server, session.id)).toEqual({
      status: 200,
      body: { id: session.id, erased: true },
    })
    await waitFor('all to be cut off', () =>
      [tab.socket, other.socket, watcher].every((socket) => !socket.connected),
    )
    await untilGone(world, words)
    await expectTombstoneOnly(world, session.id, words, BY_SERVICE)

    for (const node of servers) {
      await expect(connectCandidate(node.url, auth)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
      const again = await watching(node, await world.token('proctor'), session.id).catch(
        (error: unknown) => error,
      )
      expect(again).toMatchObject({ code: 'SESSION_NOT_FOUND' })
    }
    const place = `/v1/sessions/${session.id}`
    const event = { type: 'terminal_input', timestamp: Date.now(), data: { command: secret } }
    const calls: [string, string, unknown?][] = [
      ['GET', place],
      ['GET', `${place}/events`],
      ['GET', `${place}/state`],
      ['POST', `${place}/events`, { source: 'x', firstSeq: 1, events: [event] }],
      ['POST', `${place}/close`, {}],
      ['POST', `${place}/token`, {}],
    ]
    for (const [method, path, body] of calls) {
      const answer = await world.call(server, method, path, body === undefined ? {} : { body })
      expect([path, answer]).toMatchObject([
        path,
        { status: 404, body: { error: { code: 'SESSION_NOT_FOUND' } } },
      ])
    }
    const { sessions } = (
      await world.call<{ sessions: { id: string }[] }>(server, 'GET', '/v1/sessions?limit=500')
    ).body
    expect(sessions.map(({ id }) => id)).not.toContain(session.id)
    await expectTombstoneOnly(world, session.id, words, BY_SERVICE)

    // Asked for again it is as gone as before; its candidate may have another session.
    expect(await erase(world, second, session.id)).toMatchObject({ status: 200, body: { erased: true } })
    const { candidateId } = session
    const anew = await world.call<CreatedSessionView>(server, 'POST', '/v1/sessions', {
      body: { candidateId },
    })
    expect(anew).toMatchObject({ status: 201, body: { candidateId } })
    expect(anew.body.id).not.toBe(session.id)
  })

  test('of a session that is closed, archived and purged', async () => {
    const [server] = servers
    const { session, words } = await withSecret(world, server)
    await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    await waitFor('the purge', async () => {
      const [row] =
        await world.sql`select purged_through_seq::int as purged from session_recordings where id = ${session.id}`
      return row?.purged > 0
    })
    expect((await tracesOf(world, words)).filter((at) => at.startsWith('sessions/')).length).toBeGreaterThan(
      2,
    )
    expect(await erase(world, server, session.id)).toMatchObject({ status: 200 })
    await expectTombstoneOnly(world, session.id, words, BY_SERVICE)
  })

  test('is the service’s alone, and of what never was there is nothing to erase', async () => {
    const [server] = servers
    const session = await world.createSession(server)
    for (const role of ['candidate', 'proctor'] as const) {
      const token = await world.token(role, session.id)
      expect(await erase(world, server, session.id, token)).toMatchObject({ status: 403 })
    }
    expect(await erase(world, server, randomUUID())).toMatchObject({ status: 404 })
    const elsewhere = await world.token('service', randomUUID())
    expect(await erase(world, server, session.id, elsewhere)).toMatchObject({ status: 404 })
    expect((await world.getSession(server, session.id)).status).toBe('ACTIVE')
  })

  test('of a recording whose own term is over, with a line that says so', async () => {
    const env = { ...FAST, RETAIN_ARCHIVE_MS: '1' }
    await using own = await makeWorld({ env })
    const server = await own.startServer()
    await own.startWorker()
    const { session, words } = await withSecret(own, server)
    const active = await own.createSession(server)
    await own.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    await untilGone(own, words)
    await expectTombstoneOnly(own, session.id, words, {
      role: 'retention',
      sub: 'retention',
      action: 'expire',
    })
    expect((await own.getSession(server, active.id)).status).toBe('ACTIVE')
  })
})

test('[R14] [I5] with S3 away a session is gone at once, and its archive as soon as S3 is back', async () => {
  const s3 = await startS3Server()
  const { accessKeyId, secretAccessKey } = s3.credentials
  const env = { ...FAST, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const archiveUrl = `s3://${s3.bucket}/some/prefix?endpoint=${s3.endpoint}`
  try {
    await using own = await makeWorld({ env, archiveUrl })
    const server = await own.startServer()
    await own.startWorker()
    const { session, words } = await withSecret(own, server)
    await own.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    await waitFor(
      'the archive',
      async () => (await own.getSession(server, session.id)).archive.state === 'verified',
    )
    s3.intercept = (_request, response) => {
      response.writeHead(503).end()
      return true
    }
    expect(await erase(own, server, session.id)).toMatchObject({ status: 202, body: { erased: false } })
    expect(await own.call(server, 'GET', `/v1/sessions/${session.id}`)).toMatchObject({ status: 404 })
    const { candidateId } = session
    expect(await own.call(server, 'POST', '/v1/sessions', { body: { candidateId } })).toMatchObject({
      status: 201,
    })
    expect(await tracesOf(own, [words[1] as string])).toEqual([])
    s3.intercept = null
    await waitFor('the rest', async () => (await erase(own, server, session.id)).status === 200)
    const left = await fetch(`${s3.endpoint}/${s3.bucket}?prefix=some/prefix`)
    expect(await left.text()).not.toContain(session.id)
    await expectTombstoneOnly(own, session.id, words.slice(0, 2), BY_SERVICE)
  } finally {
    await s3.stop()
  }
})

/** A proctor's socket that watches; rejects with the refusal. */
async function watching(server: ProductProcess, token: string, sessionId: string): Promise<Socket> {
  const socket = io(`${server.url}/proctor`, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  const answer = await socket.timeout(20_000).emitWithAck('watch', { sessionId })
  if (answer.ok) return socket
  socket.close()
  throw new Refused(answer.code, answer.message)
}
