import { io } from 'socket.io-client'
import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { Recorder } from '../../client-sdk/src/recorder-types.js'
import { connectRedis, redisReady } from '../../db/redis.js'
import { checkRecording, NOTHING_FOUND } from '../support/checker.js'
import { type GeneratedEvent, generateEvents, seeded } from '../support/generate.js'
import { freePort, startOwnRedis } from '../support/own-redis.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const SEED = Number(process.env.TEST_SEED ?? 20261122)
const FLUSH_OFTEN = { FLUSH_DUE_MS: '200', FLUSH_DUE_EVENTS: '50', SWEEP_EVERY_MS: '500' }

interface Candidate {
  sessionId: string
  recorder: Recorder
  sent: GeneratedEvent[]
}

async function startCandidates(world: World, server: ProductProcess, count: number): Promise<Candidate[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const session = await world.createSession(server)
      const recorder = createRecorder({ url: server.url, token: session.candidateToken })
      return { sessionId: session.id, recorder, sent: [] }
    }),
  )
}

/** Records `events` in chunks, each once the one before is received, so that faults fall between and into them. */
async function record(candidate: Candidate, events: GeneratedEvent[], onChunk: (done: number) => void) {
  for (let i = 0; i < events.length; i += 20) {
    const chunk = events.slice(i, i + 20)
    for (const event of chunk) candidate.recorder.record(event)
    candidate.sent.push(...chunk)
    onChunk(chunk.length)
    await candidate.recorder.whenReceived()
  }
}

async function expectAllKept(world: World, server: ProductProcess, candidates: readonly Candidate[]) {
  for (const { sessionId, recorder, sent } of candidates) {
    await recorder.whenCommitted()
    const kept = await world.readAll(server, sessionId)
    const { sources, eventCount } = await world.getSession(server, sessionId)
    const numberOf = (id: string) => sources.find((s) => s.sourceId === id)?.source
    expect(checkRecording([{ sourceId: recorder.sourceId, events: sent }], kept, numberOf)).toEqual(
      NOTHING_FOUND,
    )
    expect(eventCount).toBe(kept.length)
    await recorder.close({ waitFor: 'nothing' })
  }
}

/** Runs `act` as soon as so many events have been recorded in all. */
function atCounts(acts: [number, () => Promise<void>][]) {
  let count = 0
  const running: Promise<void>[] = []
  return {
    add: (n: number) => {
      count += n
      while (acts[0] && count >= acts[0][0]) running.push((acts.shift() as (typeof acts)[number])[1]())
    },
    done: async () => {
      await Promise.all(running)
      expect(acts).toEqual([])
    },
  }
}

test(`[I1][I2][I3] server and worker killed with kill -9 lose and double nothing (seed ${SEED})`, async () => {
  await using world = await makeWorld({ env: FLUSH_OFTEN })
  const port = String(await freePort())
  let server = await world.startServer({ PORT: port })
  let worker = await world.startWorker()
  const candidates = await startCandidates(world, server, 4)
  const random = seeded(SEED)
  const killServer = async () => {
    await server.kill()
    server = await world.startServer({ PORT: port })
  }
  const killWorker = async () => {
    await worker.kill()
    worker = await world.startWorker()
  }
  const faults = atCounts([
    [300, killServer],
    [700, killWorker],
    [1100, () => Promise.all([killServer(), killWorker()]).then(() => {})],
    [1500, killWorker],
  ])
  await Promise.all(candidates.map((c) => record(c, generateEvents(500, random), faults.add)))
  await faults.done()
  await expectAllKept(world, server, candidates)
})

test(`[I2][R3] Redis emptied in the middle loses nothing (seed ${SEED})`, async () => {
  const redis = await startOwnRedis()
  try {
    await using world = await makeWorld({ redisUrl: redis.url, env: FLUSH_OFTEN })
    const server = await world.startServer()
    await world.startWorker()
    const candidates = await startCandidates(world, server, 4)
    const random = seeded(SEED)
    const empty = async () => {
      const client = connectRedis(redis.url, 'test')
      await redisReady(client, 5000)
      await client.flushall()
      client.disconnect()
    }
    const faults = atCounts([
      [300, empty],
      [900, empty],
      [1500, empty],
    ])
    await Promise.all(candidates.map((c) => record(c, generateEvents(500, random), faults.add)))
    await faults.done()
    await expectAllKept(world, server, candidates)
  } finally {
    await redis.remove()
  }
})

test(`[I1][I5][R3] Redis killed with kill -9 and started again loses nothing (seed ${SEED})`, async () => {
  const redis = await startOwnRedis()
  try {
    await using world = await makeWorld({ redisUrl: redis.url, env: FLUSH_OFTEN })
    const server = await world.startServer()
    await world.startWorker()
    const candidates = await startCandidates(world, server, 4)
    const random = seeded(SEED)
    const restart = async () => {
      await redis.kill()
      await redis.start()
    }
    const faults = atCounts([
      [400, restart],
      [1200, restart],
    ])
    await Promise.all(candidates.map((c) => record(c, generateEvents(500, random), faults.add)))
    await faults.done()
    await expectAllKept(world, server, candidates)
  } finally {
    await redis.remove()
  }
})

test('[I1] events acked before Redis was killed are kept although the tab is gone', async () => {
  const redis = await startOwnRedis()
  try {
    // Not due for long: everything is still in the buffer when Redis dies.
    await using world = await makeWorld({
      redisUrl: redis.url,
      env: { FLUSH_DUE_MS: '600000', SWEEP_EVERY_MS: '500' },
    })
    const server = await world.startServer()
    await world.startWorker()
    const [candidate] = (await startCandidates(world, server, 1)) as [Candidate]
    await record(candidate, generateEvents(60, seeded(SEED)), () => {})
    await candidate.recorder.close({ waitFor: 'nothing' })
    // AOF everysec: what Redis acked reaches the file within the kernel at once; kill -9 of the process loses none.
    await redis.kill()
    await redis.start()
    const { body } = await waitFor('the close', async () => {
      const answer = await world.call<{ status: string; eventCount: number }>(
        server,
        'POST',
        `/v1/sessions/${candidate.sessionId}/close`,
        { body: { status: 'COMPLETED' } },
      )
      return answer.status === 200 && answer
    })
    expect(body).toMatchObject({ status: 'COMPLETED', eventCount: 60 })
  } finally {
    await redis.remove()
  }
})

test('[I5] while Redis is away, batches and questions for the watermark are told when to come again', async () => {
  const redis = await startOwnRedis()
  try {
    await using world = await makeWorld({ redisUrl: redis.url })
    const server = await world.startServer()
    const { candidateToken: token } = await world.createSession(server)
    const candidate = await connectCandidate(server.url, { token, sourceId: 'page', protocol: 1 })
    await redis.kill()
    const refusal = { ok: false, code: 'TRY_LATER', retryAfterMs: expect.any(Number) }
    const events = [{ type: 'cursor', timestamp: Date.now(), data: { anchor: 0, head: 0 } }]
    expect(await candidate.batch({ firstSeq: 1, events })).toMatchObject(refusal)
    expect(await candidate.watermark()).toMatchObject(refusal)
    candidate.close()
  } finally {
    await redis.remove()
  }
})

test('[I2] a handshake that a slow store answers after its client has left does not shut the living connection out', async () => {
  const redis = await startOwnRedis()
  const pausing = connectRedis(redis.url, 'test')
  try {
    await using world = await makeWorld({ redisUrl: redis.url })
    const server = await world.startServer()
    const { candidateToken: token } = await world.createSession(server)
    const auth = { token, sourceId: 'page', protocol: 1 }
    const living = await connectCandidate(server.url, auth)
    await redisReady(pausing, 5_000)
    await pausing.call('CLIENT', 'PAUSE', '2000', 'ALL')
    const leaving = io(`${server.url}/candidate`, { auth, transports: ['websocket'], forceNew: true })
    await new Promise<void>((resolve) => leaving.io.once('open', resolve))
    // Its handshake has reached the server by the time that this is answered, which asks no store.
    await living.socket.timeout(10_000).emitWithAck('clock')
    leaving.disconnect()
    await pausing.ping()
    for (let seq = 1; seq <= 20; seq++) {
      const events = [{ type: 'cursor', timestamp: Date.now(), data: { anchor: 0, head: 0 } }]
      expect(await living.batch({ firstSeq: seq, events })).toMatchObject({ ok: true, receivedSeq: seq })
      await living.watermark()
    }
    living.close()
  } finally {
    pausing.disconnect()
    await redis.remove()
  }
})
