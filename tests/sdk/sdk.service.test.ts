import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createApi,
  createLobby,
  createRecorder,
  createWatcher,
  type RecordedEvent,
  type SessionSummary,
} from '../../client-sdk/src/index.js'
import { joinParts } from '../../protocol/parts.js'
import { signToken } from '../../server/auth/tokens.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

// The SDK against the service as it is; what the network may do to it is in the SDK's own simulations.

let world: World
let server: ProductProcess

beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '200', SWEEP_EVERY_MS: '300' } })
  server = await world.startServer()
  await world.startWorker()
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const session = () => world.createSession(server)

test('[R5][R7][R8] bad events are named, good ones around them kept, long texts come out as they went in', async () => {
  const { id, candidateToken } = await session()
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  const told: number[] = []
  recorder.on('rejected', (events) => told.push(...events.map((event) => event.sourceSeq)))
  const text = `\u0000${'漢字 "\ud800"\n'.repeat(150_000)}😀`
  recorder.record({ type: 'custom:first', data: 1 })
  recorder.record({ type: 'no_such_type', data: {} })
  recorder.record({ type: 'cursor', data: { anchor: 'x', head: 0 } })
  recorder.record({ type: 'proctor_note', data: { text: 'I was here' } })
  recorder.record({ type: 'custom:big', data: 'x'.repeat(1_100_000) })
  const lastPart = recorder.record({ type: 'terminal_stream', data: { channel: 'o', data: text } })
  recorder.record({ type: 'custom:last', data: 2 })
  await recorder.whenCommitted()
  expect(recorder.status.rejected.map(({ sourceSeq, code }) => [sourceSeq, code])).toEqual([
    [2, 'EVENT_UNKNOWN_TYPE'],
    [3, 'EVENT_INVALID'],
    [4, 'EVENT_FORBIDDEN_TYPE'],
    [5, 'EVENT_TOO_LARGE'],
  ])
  expect(told).toEqual([2, 3, 4, 5])
  const kept = await world.readAll(server, id)
  expect(kept.map((event) => event.sourceSeq)).toEqual(kept.map((_, i) => i + 1))
  expect(kept.filter((event) => event.type === 'rejected').map((event) => event.sourceSeq)).toEqual([
    2, 3, 4, 5,
  ])
  const pieces = kept.filter((event) => event.type === 'terminal_stream')
  expect(pieces.at(-1)?.sourceSeq).toBe(lastPart)
  const { data } = joinParts(
    'terminal_stream',
    pieces.map((event) => event.data),
  )
  expect(data === text).toBe(true)
  expect(kept.at(-1)).toMatchObject({ type: 'custom:last', data: 2 })
  await recorder.close()
})

test('batches of any mixture of sizes stay within the service’s own count', async () => {
  const { id, candidateToken } = await session()
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  const refused: string[] = []
  recorder.on('status', ({ error }) => {
    if (error) refused.push(error.code)
  })
  let chars = 0
  for (let i = 0; i < 3000; i++) {
    chars = (chars * 31 + 17) % 9000
    recorder.record({ type: 'terminal_stream', data: { channel: 'o', data: 'é'.repeat(chars) } })
  }
  await recorder.whenReceived()
  expect(refused).toEqual([])
  expect((await world.getSession(server, id)).status).toBe('ACTIVE')
  await recorder.close()
})

test('a closed session: the recorder stops, knows what was kept, and a new one is refused', async () => {
  const { id, candidateToken } = await session()
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  const ended = new Promise<void>((resolve) => {
    recorder.on('control', ({ kind }) => {
      if (kind === 'ended') resolve()
    })
  })
  recorder.record({ type: 'custom:n', data: 1 })
  await recorder.whenReceived()
  const committed = recorder.whenCommitted()
  const api = createApi({ url: server.url, token: await world.token('service') })
  const closed = await api.closeSession(id, { status: 'COMPLETED', finalCode: { 'a.ts': 'x' } })
  await ended
  await committed
  expect(closed).toMatchObject({ status: 'COMPLETED', eventCount: 2 })
  const late = createRecorder({ url: server.url, token: candidateToken })
  late.record({ type: 'custom:n', data: 2 })
  await expect(late.whenReceived()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  expect(late.status.state).toBe('closed')
  await recorder.close()
})

test('a token that runs out in the middle is replaced by the function’s next one, and nothing is lost', async () => {
  const { id, candidateId } = await session()
  let tokens = 0
  const token = () => {
    tokens++
    const expiresInSec = tokens === 1 ? 2 : 3600
    return signToken({ role: 'candidate', sub: candidateId, sid: id, expiresInSec }, world.secret)
  }
  const recorder = createRecorder({ url: server.url, token })
  let count = 0
  await waitFor('a second token', async () => {
    recorder.record({ type: 'custom:n', data: ++count })
    return tokens > 1
  })
  recorder.record({ type: 'custom:n', data: ++count })
  await recorder.whenCommitted()
  const kept = await world.readAll(server, id)
  expect(kept.map((event) => event.data)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  expect(recorder.status.state).toBe('recording')
  await recorder.close()
})

test('two recorders under one source id: the older one is superseded, the newer one told that its id was used before', async () => {
  const { candidateToken } = await session()
  const options = { url: server.url, token: candidateToken, sourceId: 'the-same' }
  const older = createRecorder(options)
  older.record({ type: 'custom:n', data: 1 })
  await older.whenReceived()
  const newer = createRecorder(options)
  await expect(newer.whenReceived(1)).rejects.toMatchObject({ code: 'SOURCE_INVALID' })
  older.record({ type: 'custom:n', data: 2 })
  await expect(older.whenReceived()).rejects.toMatchObject({ code: 'SUPERSEDED' })
  expect(older.status.state).toBe('superseded')
})

test('what a proctor does reaches the tab and the recording', async () => {
  const { id, candidateToken } = await session()
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  const heard: unknown[] = []
  recorder.on('message', ({ text, author }) => heard.push([author, text]))
  // The token that outlives the new end, and the receipt, come when they come.
  recorder.on('control', ({ kind }) => kind !== 'token' && kind !== 'receipt' && heard.push(kind))
  recorder.record({ type: 'custom:n', data: 1 })
  await recorder.whenReceived()

  const events: RecordedEvent[] = []
  const token = await world.token('proctor', id, 'ada')
  const watcher = createWatcher({
    url: server.url,
    token,
    sessionId: id,
    onEvents: (fresh) => events.push(...fresh),
    onReset: (keptThroughSeq) => events.splice(keptThroughSeq),
  })
  await watcher.whenCaughtUp()
  await watcher.annotate({ kind: 'note', text: 'a good question' })
  await watcher.message('five more minutes')
  await watcher.extend(300)
  await watcher.end()
  await waitFor('the tab to hear of it', () => heard.length === 3)
  expect(heard).toEqual([['ada', 'five more minutes'], 'time-extended', 'ended'])
  await waitFor('the events', () => events.length === 4)
  expect(events.map((event) => event.type)).toEqual([
    'custom:n',
    'proctor_note',
    'proctor_message',
    'time_extended',
  ])
  expect(events).toEqual(await world.readAll(server, id))
  await expect(watcher.message('')).rejects.toMatchObject({ code: 'VALIDATION' })
  watcher.stop()
  await recorder.close()
})

test('a watcher without the right to a session gets what a missing one would give', async () => {
  const { id } = await session()
  const { id: other } = await session()
  const token = await world.token('proctor', other)
  const watcher = createWatcher({ url: server.url, token, sessionId: id, onEvents: () => {} })
  await expect(watcher.whenCaughtUp()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  expect(watcher.status).toMatchObject({ state: 'refused', error: { code: 'SESSION_NOT_FOUND' } })
})

test('a watcher of a closed session gets all of it', async () => {
  const { id } = await session()
  const api = createApi({ url: server.url, token: await world.token('service') })
  const events = Array.from({ length: 30 }, (_, i) => ({ type: 'custom:n', timestamp: Date.now(), data: i }))
  const posted = await api.postEvents(id, { source: 'backend', firstSeq: 1, events }, { wait: 'committed' })
  expect(posted).toMatchObject({ ok: true, receivedSeq: 30, committedSeq: 30 })
  await api.closeSession(id)
  const seen: unknown[] = []
  const watcher = createWatcher({
    url: server.url,
    token: await world.token('proctor'),
    sessionId: id,
    onEvents: (fresh) => seen.push(...fresh.map((event) => event.data)),
  })
  await watcher.whenCaughtUp()
  expect(seen).toEqual(events.map((event) => event.data))
  watcher.stop()
})

test('the lobby shows sessions as they come and as they change', async () => {
  let shown: SessionSummary[] = []
  const token = await world.token('proctor')
  const lobby = createLobby({ url: server.url, token, onSessions: (sessions) => (shown = sessions) })
  const { id, candidateToken } = await session()
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  recorder.record({ type: 'custom:n', data: 1 })
  const found = () => shown.find((one) => one.id === id)
  await waitFor('the session to show', () => found()?.candidate === 'online' && found()?.eventCount === 1)
  await recorder.close()
  await waitFor('the tab to be gone', () => found()?.candidate === 'offline')
  lobby.stop()
})

test('the API finds, reads and repeats without doubling', async () => {
  const api = createApi({ url: server.url, token: await world.token('service') })
  const created = await api.createSession({ candidateId: 'an-api-candidate', question: { title: 'Two sum' } })
  const again = await api.createSession({ candidateId: 'an-api-candidate' })
  expect(again.id).toBe(created.id)
  const batch = {
    source: 'backend',
    firstSeq: 1,
    events: [{ type: 'terminal_input', timestamp: Date.now(), data: { command: 'ls' } }],
  }
  await api.postEvents(created.id, batch)
  await api.postEvents(created.id, batch, { wait: 'committed' })
  const events: RecordedEvent[] = []
  for await (const event of api.iterateEvents(created.id, { limit: 1 })) events.push(event)
  expect(events.map((event) => event.seq)).toEqual([1])
  expect((await api.getSession(created.id)).sources.map((source) => source.sourceId)).toEqual(['backend'])
  const { sessions } = await api.listSessions({ candidateId: 'an-api-candidate' })
  expect(sessions.map((one) => one.id)).toEqual([created.id])
  expect(await api.getState(created.id)).toMatchObject({ seq: 1 })
  const { token } = await api.createToken(created.id)
  const asCandidate = createApi({ url: server.url, token })
  await expect(asCandidate.getEvents(created.id)).rejects.toMatchObject({ code: 'ROLE_FORBIDDEN' })
})
