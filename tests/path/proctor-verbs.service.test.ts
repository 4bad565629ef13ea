import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProctorMessage } from '../../protocol/socket-events.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let servers: ProductProcess[]
beforeAll(async () => {
  world = await makeWorld()
  servers = await Promise.all([world.startServer(), world.startServer()])
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

test('[R9] [R16] what a proctor does reaches the tab on another node, and is in the recording', async () => {
  const [server, second] = servers as [ProductProcess, ProductProcess]
  const session = await world.createSession(server, { timeLimit: 600 })
  const tab = await connectCandidate(server.url, {
    token: session.candidateToken,
    sourceId: 'tab',
    protocol: 1,
  })
  const messages: ProctorMessage[] = []
  tab.socket.on('message', (message) => messages.push(message))
  const proctor = io(`${second.url}/proctor`, {
    auth: { token: await world.token('proctor', session.id, 'Pia') },
    transports: ['websocket'],
    forceNew: true,
  })
  const act = (verb: string, request: object = {}) =>
    proctor.timeout(20_000).emitWithAck(verb, { sessionId: session.id, ...request })
  try {
    expect(await act('watch')).toMatchObject({ ok: true, presence: { candidate: 'online', watchers: 1 } })
    const text = 'a\u0007\ud83d\ude42'
    const done = await Promise.all([
      act('annotate', { kind: 'note', text, atMs: 1_700_000_000_123 }),
      act('annotate', { kind: 'flag', text: 'f' }),
      act('message', { text: 'hello' }),
      act('extend', { bySec: 60 }),
    ])
    expect(done).toEqual(new Array(4).fill({ ok: true }))
    // At once, and yet each is numbered behind the one before.
    await Promise.all(Array.from({ length: 10 }, (_, i) => act('annotate', { kind: 'flag', text: `${i}` })))
    await waitFor('the tab to hear of it', () => messages.length === 1 && tab.controls.length === 2)
    expect(messages[0]).toEqual({ text: 'hello', author: 'Pia', atMs: expect.any(Number) })
    expect(tab.controls).toContainEqual({ kind: 'time-extended', timeLimit: 660 })
    expect(await act('end')).toEqual({ ok: true })
    await waitFor('the tab to hear of the end', () => tab.controls.some(({ kind }) => kind === 'ended'))
    expect(await act('extend', { bySec: 60 })).toMatchObject({ ok: false, code: 'SESSION_CLOSED' })

    expect(await world.getSession(server, session.id)).toMatchObject({ status: 'COMPLETED', timeLimit: 660 })
    const events = await world.readAll(server, session.id)
    // More time is given once for each source, so that one has a source of its own.
    const inOne = events.filter(({ type }) => type !== 'time_extended')
    expect(inOne.map((e) => e.sourceSeq)).toEqual(inOne.map((_, i) => i + 1))
    expect(events.slice(4).map((e) => (e.data as { text: string }).text)).toEqual([...'0123456789'])
    expect(events.every((e) => e.checkpoint)).toBe(true)
    const byType = Object.fromEntries(events.slice(0, 4).map((e) => [e.type, e.data]))
    expect(byType).toEqual({
      proctor_note: { text, author: 'Pia', atMs: 1_700_000_000_123 },
      proctor_flag: { text: 'f', author: 'Pia', atMs: expect.any(Number) },
      proctor_message: { text: 'hello', author: 'Pia', atMs: expect.any(Number) },
      time_extended: { timeLimit: 660, author: 'Pia', bySec: 60 },
    })
    expect(
      await world.sql`select kind, text, author, "at" from annotations where text !~ '[0-9]' order by text`,
    ).toEqual([
      { kind: 'note', text, author: 'Pia', at: new Date(1_700_000_000_123) },
      { kind: 'flag', text: 'f', author: 'Pia', at: expect.any(Date) },
    ])
    expect(await world.sql`select action from access_log where sub = 'Pia'`).toEqual([{ action: 'watch' }])
  } finally {
    proctor.disconnect()
    tab.close()
  }
})
