import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { ControlMessage } from '../../protocol/socket-events.js'
import { signToken } from '../../server/auth/tokens.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let second: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  ;[server, second] = await Promise.all([world.startServer(), world.startServer()])
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

const tokenFor = (role: 'candidate' | 'proctor', sid: string, expiresInSec: number) =>
  signToken({ role, sub: `${role}-of-test`, sid, expiresInSec }, world.secret)
const proctorOf = async (on: ProductProcess, sid: string, expiresInSec = 600) => {
  const socket = io(`${on.url}/proctor`, {
    auth: { token: await tokenFor('proctor', sid, expiresInSec) },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  const ask = (verb: string, request: object = {}) =>
    socket.timeout(20_000).emitWithAck(verb, { sessionId: sid, ...request })
  return { socket, ask }
}

test('[R9] a candidate’s socket ends with its token; what was sent meanwhile is kept once, in order', async () => {
  const session = await world.createSession(server)
  let made = 0
  let connections = 0
  const recorder = createRecorder({
    url: server.url,
    token: () => {
      made += 1
      return tokenFor('candidate', session.id, 2)
    },
    gatherMs: 0,
  })
  recorder.on('welcome', () => {
    connections += 1
  })
  let n = 0
  // As a tab does: on and on, whatever its connection is at.
  await waitFor('three tokens to end', () => {
    n += 1
    recorder.record({ type: 'custom:n', data: n })
    return connections >= 4
  })
  await recorder.whenCommitted()
  expect((await world.readAll(server, session.id)).map((event) => event.data)).toEqual(
    Array.from({ length: n }, (_, i) => i + 1),
  )
  expect(made).toBeGreaterThanOrEqual(4)
  await recorder.close()
})

test('a token that has ended is told from a wrong one at the next connection', async () => {
  const session = await world.createSession(server)
  const token = await tokenFor('candidate', session.id, 2)
  const candidate = await connectCandidate(server.url, { token, sourceId: 's', protocol: 1 })
  await waitFor('the socket to end', () => !candidate.socket.connected)
  await expect(connectCandidate(server.url, { token, sourceId: 's', protocol: 1 })).rejects.toMatchObject({
    code: 'TOKEN_EXPIRED',
  })
})

test('a proctor’s socket ends with its token, and with it the watching', async () => {
  const session = await world.createSession(server)
  const { socket, ask } = await proctorOf(server, session.id, 2)
  expect(await ask('watch')).toMatchObject({ ok: true, presence: { watchers: 1 } })
  await waitFor('the socket to end', () => socket.disconnected)
  const other = await proctorOf(server, session.id)
  try {
    await waitFor(
      'the watching to end',
      async () => (await other.ask('watch')).presence.watchers === 1 && (await other.ask('unwatch')).ok,
    )
  } finally {
    other.socket.close()
  }
})

test('[R17] who is given more time is given a token for it: no cut at the old end, and good for the next connection', async () => {
  const session = await world.createSession(server, { timeLimit: 60 })
  const own = await world.startServer()
  const oldEndMs = Date.now() + 6_000
  const recorder = createRecorder({
    url: own.url,
    // As a text: there is nobody to ask for another one.
    token: await tokenFor('candidate', session.id, 6),
  })
  const controls: ControlMessage[] = []
  const states = new Set<string>()
  recorder.on('control', (control) => controls.push(control))
  recorder.record({ type: 'custom:n', data: 1 })
  await recorder.whenReceived()
  recorder.on('status', ({ state }) => states.add(state))
  const backend = await connectCandidate(own.url, {
    token: await world.token('service', session.id),
    sourceId: 'backend',
    protocol: 1,
  })

  // On another node than the tab's.
  const { socket, ask } = await proctorOf(second, session.id)
  await ask('watch')
  expect(await ask('extend', { bySec: 600 })).toEqual({ ok: true })
  await waitFor('the token', () => controls.some(({ kind }) => kind === 'token'))
  expect(controls).toContainEqual({ kind: 'time-extended', timeLimit: 660 })

  await waitFor('the old token to end', () => Date.now() > oldEndMs + 500)
  recorder.record({ type: 'custom:n', data: 2 })
  await recorder.whenReceived()
  expect([...states].filter((state) => state !== 'recording')).toEqual([])
  // A service has its own ways to a token.
  expect(backend.controls.map(({ kind }) => kind)).toEqual(['time-extended'])

  const { port } = own
  await own.stop()
  await waitFor('the connection to be lost', () => states.has('offline'))
  await world.startServer({ PORT: String(port) })
  recorder.record({ type: 'custom:n', data: 3 })
  await recorder.whenCommitted()
  const sent = (await world.readAll(server, session.id)).filter(({ type }) => type === 'custom:n')
  expect(sent.map(({ data, source }) => [data, source])).toEqual([1, 2, 3].map((n) => [n, sent[0]?.source]))
  await recorder.close()
  socket.close()
  backend.close()
})
