import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openArchive } from '../../db/archive/open-archive.js'
import { Recordings } from '../../db/archive/recordings.js'
import { StoreError } from '../../db/errors.js'
import type { CreatedSessionView } from '../../protocol/http/index.js'
import type { ControlMessage, ProctorMessage } from '../../protocol/socket-events.js'
import { UntoldMessages } from '../../server/live/untold-messages.js'
import type { ProductProcess } from '../support/process.js'
import { openBuffer, openTestDatabase } from '../support/stores.js'
import { startProxy } from '../support/tcp-proxy.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let first: ProductProcess
let second: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  ;[first, second] = await Promise.all([world.startServer(), world.startServer()])
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

/** A page of the candidate that hears everything from its beginning on, also what comes right behind the welcome. */
async function openPage(server: ProductProcess, token: string, sourceId: string) {
  const socket = io(`${server.url}/candidate`, {
    auth: { token, sourceId, protocol: 1 },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  const heard: string[] = []
  let batches = 0
  socket.on('welcome', () => heard.push('welcome'))
  socket.on('message', ({ text, author, atMs }: ProctorMessage) => {
    heard.push(`${author}: ${text}`)
    expect(atMs).toBeGreaterThan(0)
  })
  socket.on('control', (control: ControlMessage) =>
    heard.push(control.kind === 'time-extended' ? `${control.timeLimit} s` : control.kind),
  )
  await waitFor('the welcome', () => heard.includes('welcome'))
  return {
    heard,
    send: () =>
      socket.timeout(20_000).emitWithAck('batch', {
        firstSeq: ++batches,
        events: [{ type: 'custom:x', timestamp: Date.now(), data: 1 }],
      }),
    close: () => socket.close(),
  }
}

async function openProctor(server: ProductProcess, { id }: CreatedSessionView) {
  const socket = io(`${server.url}/proctor`, {
    auth: { token: await world.token('proctor', id, 'Pia') },
    transports: ['websocket'],
    forceNew: true,
  })
  const ask = (verb: string, request: object = {}) =>
    socket.timeout(20_000).emitWithAck(verb, { sessionId: id, ...request })
  expect(await ask('watch')).toMatchObject({ ok: true })
  const isOffline = async () => (await ask('watch')).presence.candidate === 'offline'
  return { ask, isOffline, close: () => socket.close() }
}

test('what a proctor says and gives while the candidate is away is told when the page is back, the words once', async () => {
  const session = await world.createSession(first, { timeLimit: 600 })
  const token = session.candidateToken
  const proctor = await openProctor(second, session)
  const before = await openPage(first, token, 'before')
  await before.send()
  expect(await proctor.ask('message', { text: 'there', id: 'm0' })).toEqual({ ok: true })
  await waitFor('the message', () => before.heard.includes('Pia: there'))
  expect(before.heard).toEqual(['welcome', 'Pia: there'])
  before.close()
  await waitFor('the page to be gone', proctor.isOffline)

  expect(await proctor.ask('message', { text: 'one', id: 'm1' })).toEqual({ ok: true })
  expect(await proctor.ask('message', { text: 'one', id: 'm1' })).toEqual({ ok: true })
  expect(await proctor.ask('extend', { bySec: 60 })).toEqual({ ok: true })
  expect(await proctor.ask('message', { text: 'two' })).toEqual({ ok: true })

  // Also by a server that was not there when they were sent.
  await first.stop()
  first = await world.startServer()
  const back = await openPage(first, token, 'back')
  await waitFor('all of it', () => back.heard.filter((what) => what !== 'token').length === 4)
  expect(back.heard[0]).toBe('welcome')
  expect(back.heard.filter((what) => what.startsWith('Pia'))).toEqual(['Pia: one', 'Pia: two'])
  expect(back.heard).toContain('660 s')

  // The next page hears of the time, which it may not know, and of what is said from now on.
  const next = await openPage(second, token, 'next')
  await waitFor('the time', () => next.heard.includes('660 s'))
  expect(await proctor.ask('message', { text: 'three' })).toEqual({ ok: true })
  await waitFor('the message', () => next.heard.includes('Pia: three') && back.heard.includes('Pia: three'))
  expect(next.heard.filter((what) => what.startsWith('Pia'))).toEqual(['Pia: three'])
  back.close()
  next.close()
  proctor.close()
})

/** A server whose way to PostgreSQL is the test's, and a session that a proctor said `one` in while its page was away. */
async function whereSomethingIsUntold() {
  const database = new URL(world.databaseUrl)
  const postgres = await startProxy(Number(database.port))
  database.host = new URL(postgres.url).host
  const server = await world.startServer({ DATABASE_URL: database.href })
  const session = await world.createSession(second)
  const open = (sourceId: string) => openPage(server, session.candidateToken, sourceId)
  const proctor = await openProctor(second, session)
  // Known to the buffer from here on: it is let in without PostgreSQL.
  const before = await open('page')
  await before.send()
  before.close()
  await waitFor('the page to be gone', proctor.isOffline)
  expect(await proctor.ask('message', { text: 'one' })).toEqual({ ok: true })
  return {
    open,
    proctor,
    postgres,
    output: () => server.output(),
    close: async () => {
      proctor.close()
      await server.stop()
      await postgres.close()
    },
  }
}

test('a page that is back while PostgreSQL is away is told once it is there again, each message once', async () => {
  const { open, proctor, postgres, output, close } = await whereSomethingIsUntold()
  postgres.down()
  const page = await open('page')
  await waitFor('the read to fail', () => output().includes('messages of before'))
  expect(await proctor.ask('message', { text: 'two' })).toEqual({ ok: true })
  await waitFor('what is said now', () => page.heard.includes('Pia: two'))
  postgres.up()
  await waitFor('what was said before', () => page.heard.includes('Pia: one'))
  expect(await proctor.ask('message', { text: 'three' })).toEqual({ ok: true })
  await waitFor('the last', () => page.heard.includes('Pia: three'))
  expect(page.heard).toEqual(['welcome', 'Pia: two', 'Pia: one', 'Pia: three'])
  page.close()
  await close()
})

test('a page that goes while what it is to be told is read leaves it to the next', async () => {
  const { open, proctor, postgres, close } = await whereSomethingIsUntold()
  postgres.stall()
  const gone = await open('page')
  // Answered by the same Redis, behind what its coming asked of it.
  expect(await proctor.ask('message', { text: 'two' })).toEqual({ ok: true })
  await waitFor('what is said now', () => gone.heard.includes('Pia: two'))
  gone.close()
  await waitFor('the page to be gone', proctor.isOffline)
  postgres.up()
  const next = await open('next')
  await waitFor('what was said before', () => next.heard.includes('Pia: one'))
  expect(await proctor.ask('message', { text: 'three' })).toEqual({ ok: true })
  await waitFor('the last', () => next.heard.includes('Pia: three'))
  expect(next.heard).toEqual(['welcome', 'Pia: one', 'Pia: three'])
  next.close()
  await close()
})

test('a message that is recorded and can not be kept is told to whoever is there', async () => {
  await using db = openTestDatabase(world.databaseUrl)
  await using buffer = await openBuffer(world.redisUrl, world.prefix)
  const logged: unknown[] = []
  const stores = { db, buffer, recordings: new Recordings(openArchive(world.archiveUrl)) }
  const untold = new UntoldMessages({ stores, tell: () => {}, log: (error) => logged.push(error) })
  const { id } = await world.createSession(first)
  buffer.redis.disconnect()
  expect(await untold.keep(id, 0, Date.now())).toBe(true)
  expect(logged).toEqual([expect.any(StoreError)])
})

test('a page that comes back to time that it missed is given a token for it', async () => {
  const session = await world.createSession(first, { timeLimit: 60 })
  const proctor = await openProctor(second, session)
  // As long as the tokens that outlive a session's first end.
  expect(await proctor.ask('extend', { bySec: 86_400 })).toEqual({ ok: true })
  const page = await openPage(first, session.candidateToken, 'late')
  await waitFor('the token', () => page.heard.includes('token'))
  expect(page.heard).toEqual(['welcome', '86460 s', 'token'])
  page.close()
  proctor.close()
})

test('where no time was given, nothing is told of it', async () => {
  const session = await world.createSession(first, { timeLimit: 2 })
  const page = await openPage(first, session.candidateToken, 'page')
  await waitFor('the end', () => page.heard.includes('time-up'))
  expect(page.heard).toEqual(['welcome', 'time-up'])
  page.close()
})
