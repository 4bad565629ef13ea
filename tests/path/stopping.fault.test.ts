import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { Recorder } from '../../client-sdk/src/recorder-types.js'
import { createWatcher } from '../../client-sdk/src/watcher.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { type Balancer, startBalancer } from '../support/balancer.js'
import { checkRecording, NOTHING_FOUND, sameRecording } from '../support/checker.js'
import { type GeneratedEvent, generateEvents, seeded } from '../support/generate.js'
import { startOwnRedis } from '../support/own-redis.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const SEED = Number(process.env.TEST_SEED ?? 20261126)
const FLUSH_OFTEN = { FLUSH_DUE_MS: '200', FLUSH_DUE_EVENTS: '50', SWEEP_EVERY_MS: '500' }

interface Interview {
  sessionId: string
  recorder: Recorder
  sent: GeneratedEvent[]
  watched: RecordedEvent[]
  watcher: ReturnType<typeof createWatcher>
}

async function startInterview(world: World, server: ProductProcess, url: string): Promise<Interview> {
  const session = await world.createSession(server)
  const recorder = createRecorder({ url, token: session.candidateToken })
  const watched: RecordedEvent[] = []
  const watcher = createWatcher({
    url,
    token: await world.token('proctor'),
    sessionId: session.id,
    onEvents: (events) => watched.push(...events),
    onReset: (keptThroughSeq) => watched.splice(keptThroughSeq),
  })
  await watcher.whenCaughtUp()
  return { sessionId: session.id, recorder, sent: [], watched, watcher }
}

async function expectAllKept(world: World, server: ProductProcess, interview: Interview) {
  const { sessionId, recorder, sent, watched, watcher } = interview
  await recorder.whenCommitted()
  const kept = await world.readAll(server, sessionId)
  const { sources, eventCount } = await world.getSession(server, sessionId)
  const numberOf = (id: string) => sources.find((s) => s.sourceId === id)?.source
  const list = [{ sourceId: recorder.sourceId, events: sent }]
  expect(checkRecording(list, kept, numberOf)).toEqual(NOTHING_FOUND)
  expect(eventCount).toBe(kept.length)
  await waitFor('the watcher to have all', () => watched.length >= kept.length)
  expect(sameRecording(kept, watched)).toEqual([])
  watcher.stop()
  await recorder.close({ waitFor: 'nothing' })
}

describe('[I1] [I4] SIGTERM', () => {
  test('servers and workers stopped in turn under load: nothing lost, doubled or reordered, exit code 0', async () => {
    await using world = await makeWorld({ env: FLUSH_OFTEN })
    const servers = [await world.startServer(), await world.startServer()]
    const workers = [await world.startWorker(), await world.startWorker()]
    const balancer: Balancer = await startBalancer(servers.map(({ port }) => port))
    const random = seeded(SEED)
    const interviews = await Promise.all(
      Array.from({ length: 8 }, () => startInterview(world, servers[0] as ProductProcess, balancer.url)),
    )
    const load = setInterval(() => {
      for (const { recorder, sent } of interviews) {
        const events = generateEvents(3, random)
        for (const event of events) recorder.record(event)
        sent.push(...events)
      }
    }, 20)
    const allReceiveAgain = () => Promise.all(interviews.map(({ recorder }) => recorder.whenReceived()))
    try {
      for (const [i, server] of servers.entries()) {
        expect(await server.stop()).toBe(0)
        await allReceiveAgain()
        servers[i] = await world.startServer()
        balancer.setPorts(servers.map(({ port }) => port))
        const worker = workers[i] as ProductProcess
        expect(await worker.stop()).toBe(0)
        await allReceiveAgain()
        workers[i] = await world.startWorker()
        for (const stopped of [server, worker]) {
          expect(stopped.output()).toContain('stopped"')
          expect(stopped.output()).not.toMatch(/unforeseen error|did not stop in time/)
        }
      }
    } finally {
      clearInterval(load)
    }
    for (const interview of interviews) {
      await expectAllKept(world, servers[0] as ProductProcess, interview)
    }
    await balancer.close()
  })

  test('readiness goes off before any socket is closed, and a second SIGTERM ends the rest', async () => {
    await using world = await makeWorld({ env: { STOP_DELAY_MS: '60000' } })
    const server = await world.startServer()
    const session = await world.createSession(server)
    const tab = await connectCandidate(server.url, {
      token: session.candidateToken,
      sourceId: 's',
      protocol: 1,
    })
    const exit = server.stop()
    const readyz = await waitFor('readiness to go off', async () => {
      const answer = await world.call<{ status: string }>(server, 'GET', '/readyz', { token: null })
      return answer.status === 503 ? answer.body.status : null
    })
    expect(readyz).toBe('stopping')
    expect((await world.call(server, 'GET', '/healthz', { token: null })).status).toBe(200)
    const event = { type: 'custom:x', timestamp: Date.now(), data: 1 }
    expect(await tab.batch({ firstSeq: 1, events: [event] })).toMatchObject({ ok: true, receivedSeq: 1 })
    server.signal('SIGTERM')
    expect(await exit).toBe(0)
    tab.close()
  })

  test('stores that are away hold up no process', async () => {
    const redis = await startOwnRedis()
    try {
      await using world = await makeWorld({ redisUrl: redis.url })
      const server = await world.startServer()
      const worker = await world.startWorker()
      await redis.kill()
      expect(await Promise.all([server.stop(), worker.stop()])).toEqual([0, 0])
    } finally {
      await redis.remove()
    }
  })

  test('an archive that is being written is handed over: the worker ends, and another one writes it', async () => {
    // Takes what it is sent and never answers.
    const silent = net.createServer((socket) => socket.on('error', () => {}).resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as net.AddressInfo
    await using world = await makeWorld({ env: FLUSH_OFTEN })
    const stuck = {
      ARCHIVE_URL: `s3://bucket/prefix?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}&region=x`,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    }
    const server = await world.startServer()
    const worker = await world.startWorker(stuck)
    const session = await world.createSession(server)
    const asked = new Promise((resolve) => silent.once('connection', resolve))
    await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    await asked
    const { status, archive } = await world.getSession(server, session.id)
    expect([status, archive.state]).toEqual(['COMPLETED', 'pending'])
    expect(await worker.stop()).toBe(0)
    silent.close()
    await world.startWorker()
    await waitFor('the archive', async () => {
      return (await world.getSession(server, session.id)).archive.state === 'verified'
    })
  })
})
