import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_PACKET_BYTES } from '../../protocol/limits.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

async function candidate(of: ProductProcess, extraHeaders: Record<string, string>) {
  const { id, candidateToken } = await world.createSession(of)
  const socket = io(`${of.url}/candidate`, {
    auth: { token: candidateToken, sourceId: 'tab', protocol: 1 },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders,
  })
  await new Promise((resolve, reject) => {
    socket.once('welcome', resolve)
    socket.once('connect_error', reject)
  })
  return { id, socket }
}

/** What the two sides have agreed upon, as the client's socket has it. */
const extensionsOf = (socket: Socket): string =>
  (socket.io.engine.transport as unknown as { ws: { extensions: string } }).ws.extensions

const BROWSER = { origin: 'https://interviews.example' }

test('[R8] what a browser sends compressed is kept as it was sent', async () => {
  const { id, socket } = await candidate(server, BROWSER)
  expect(extensionsOf(socket)).toContain('permessage-deflate')
  const texts = ['a', '\u0000 \ud800 漢字 🎻', 'x'.repeat(200_000), 'a']
  for (const [i, text] of texts.entries()) {
    const event = { type: 'terminal_stream', timestamp: Date.now(), data: { channel: 'o', data: text } }
    const answer = await socket.emitWithAck('batch', { firstSeq: i + 1, events: [event] })
    expect(answer).toMatchObject({ ok: true, receivedSeq: i + 1 })
  }
  const kept = await world.readAll(server, id)
  expect(kept.map((event) => (event.data as { data: string }).data)).toEqual(texts)
  socket.disconnect()
})

test('a program is not asked to compress', async () => {
  const { socket } = await candidate(server, {})
  expect(extensionsOf(socket)).toBe('')
  socket.disconnect()
})

test('nobody is where WIRE_COMPRESSION is off', async () => {
  const plain = await world.startServer({ WIRE_COMPRESSION: 'off' })
  const { socket } = await candidate(plain, BROWSER)
  expect(extensionsOf(socket)).toBe('')
  socket.disconnect()
})

test('[I7] [I8] what is small on the wire and large unpacked is cut off, and others go on', async () => {
  const { socket } = await candidate(server, BROWSER)
  const other = await candidate(server, BROWSER)
  let reason = ''
  socket.once('disconnect', (why) => {
    reason = why
  })
  const event = { type: 'custom:zeros', timestamp: Date.now(), data: '0'.repeat(MAX_PACKET_BYTES) }
  socket.emit('batch', { firstSeq: 1, events: [event] })
  await waitFor('the connection to be cut', () => reason !== '')
  const events = [{ type: 'custom:next', timestamp: Date.now(), data: 1 }]
  expect(await other.socket.emitWithAck('batch', { firstSeq: 1, events })).toMatchObject({ ok: true })
  other.socket.disconnect()
})
