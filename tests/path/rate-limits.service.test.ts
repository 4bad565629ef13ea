import { randomUUID } from 'node:crypto'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectRedis, redisReady } from '../../db/redis.js'
import type { BatchAck } from '../../protocol/batch.js'
import { LIMITS } from '../../protocol/limits.js'
import { RateLimiter } from '../../server/limits/rate-limiter.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { testServices } from '../support/services.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const LIMIT = 20
/** Enough to reach a limit although a minute ends in between. */
const ENOUGH = 2 * LIMIT + 2

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer({
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    RATE_LIMIT_ADDRESS_PER_MINUTE: String(LIMIT),
    RATE_LIMIT_CONNECTIONS_PER_MINUTE: String(LIMIT),
    TRUST_PROXY: '1',
  })
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Each test comes from an address of its own. */
const anAddress = () => `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}::1`
const get = (token: string, address: string) =>
  fetch(`${server.url}/v1/sessions?limit=1`, {
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
  })
/** Asks until it is refused for asking too often. */
async function untilLimited(ask: () => Promise<Response>): Promise<Response> {
  for (let i = 0; i < ENOUGH; i++) {
    const response = await ask()
    if (response.status === 429) return response
    await response.text()
  }
  throw new Error(`${ENOUGH} requests were answered`)
}

describe('over HTTP', () => {
  test('a caller is told when to come again, and no other caller hears of it', async () => {
    const [address, sub] = [anAddress(), randomUUID()]
    const token = await world.token('proctor', '*', sub)
    const refused = await untilLimited(() => get(token, address))
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    const { error } = (await refused.json()) as { error: { code: string; details: { retryAfterMs: number } } }
    expect(error.code).toBe('RATE_LIMITED')
    expect(Math.ceil(error.details.retryAfterMs / 1000)).toBe(seconds)
    expect((await get(await world.token('proctor', '*', randomUUID()), address)).status).toBe(200)
    expect((await get(await world.token('service', '*', sub), address)).status).toBe(200)
  })

  test('an address that brings bad tokens is refused unheard, others are not', async () => {
    const address = anAddress()
    const good = () => world.token('proctor', '*', randomUUID())
    await waitFor('the address to be limited', async () => {
      await untilLimited(() => get('bad', address))
      return (await get(await good(), address)).status === 429
    })
    // What a client writes in front of what the proxy adds changes nothing.
    expect((await get(await good(), `${anAddress()}, ${address}`)).status).toBe(429)
    expect((await get(await good(), anAddress())).status).toBe(200)
    expect((await fetch(`${server.url}/healthz`, { headers: { 'x-forwarded-for': address } })).status).toBe(
      200,
    )
  })

  test('good tokens never use up what their address has', async () => {
    const address = anAddress()
    for (let i = 0; i < ENOUGH; i++) {
      expect((await get(await world.token('proctor', '*', randomUUID()), address)).status).toBe(200)
    }
  })
})

describe('on sockets', () => {
  const connect = (namespace: string, token: unknown, address: string) =>
    io(`${server.url}${namespace}`, {
      auth: { token, sourceId: randomUUID(), protocol: 1 },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { 'x-forwarded-for': address },
    })
  const outcome = (socket: ReturnType<typeof connect>) =>
    new Promise<{ code?: string; retryAfterMs?: number }>((resolve) => {
      socket.on('connect', () => resolve({ code: 'let in' }))
      socket.on('connect_error', (error) => {
        socket.close()
        resolve((error as { data?: object }).data ?? {})
      })
    })

  test('verbs are counted like requests', async () => {
    const socket = connect('/proctor', await world.token('proctor', '*', randomUUID()), anAddress())
    try {
      await waitFor('a refusal', async () => {
        const answer = await socket.timeout(20_000).emitWithAck('unwatch', { sessionId: randomUUID() })
        if (answer.code !== 'RATE_LIMITED') return false
        expect(answer.retryAfterMs).toBeGreaterThan(0)
        return true
      })
      expect(socket.connected).toBe(true)
    } finally {
      socket.close()
    }
  })

  test('handshakes with bad tokens are refused with the time to wait', async () => {
    const address = anAddress()
    await waitFor('a refusal', async () => {
      // New sockets are limited too; the code comes first where both limits are the same.
      const { code, retryAfterMs } = await outcome(connect('/candidate', 'bad', address))
      if (code !== 'RATE_LIMITED') return untilLimited(() => get('bad', address)).then(() => false)
      expect(retryAfterMs).toBeGreaterThan(0)
      return true
    })
  })

  test('an address that opens socket after socket gets no more of them', async () => {
    const address = anAddress()
    const sockets: ReturnType<typeof connect>[] = []
    try {
      await waitFor('no more sockets', async () => {
        const socket = connect('/proctor', await world.token('proctor', '*', randomUUID()), address)
        sockets.push(socket)
        return (await outcome(socket)).code === undefined
      })
      expect(sockets.length).toBeLessThanOrEqual(ENOUGH)
    } finally {
      for (const socket of sockets) socket.close()
    }
  })

  test('[I8] batches in flight are bounded, and nothing is lost or doubled by it', async () => {
    const session = await world.createSession(server)
    const tab = await connectCandidate(server.url, {
      token: session.candidateToken,
      sourceId: 'tab',
      protocol: 1,
    })
    const count = 200
    const send = (n: number) =>
      tab.batch({ firstSeq: n, events: [{ type: 'custom:n', timestamp: Date.now(), data: n }] })
    const seen = new Set<string>()
    const note = (answers: BatchAck[]) => {
      for (const answer of answers) seen.add(answer.ok ? 'ok' : answer.code)
      const limited = answers.filter((answer) => !answer.ok && answer.code === 'RATE_LIMITED')
      for (const answer of limited) expect(answer.retryAfterMs).toBeGreaterThan(0)
    }
    // All at once, as no recorder does.
    note(await Promise.all(Array.from({ length: count }, (_, i) => send(i + 1))))
    let { receivedSeq } = await tab.watermark()
    expect(receivedSeq).toBeGreaterThanOrEqual(LIMITS.maxInFlightBatches)
    while (receivedSeq < count) {
      const window = Array.from({ length: LIMITS.maxInFlightBatches }, (_, i) => receivedSeq + 1 + i)
      const answers = await Promise.all(window.filter((n) => n <= count).map(send))
      // A recorder that keeps to the window is never refused.
      expect(answers.every(({ ok }) => ok)).toBe(true)
      receivedSeq = Math.min(receivedSeq + window.length, count)
    }
    expect(seen).toContain('RATE_LIMITED')
    expect((await world.readAll(server, session.id)).map(({ data }) => data)).toEqual(
      Array.from({ length: count }, (_, i) => i + 1),
    )
    tab.close()
  })
})

describe('counting', () => {
  const NOON_MS = Date.UTC(2026, 0, 1, 12)
  const limiterAt = async (clock: { ms: number }, prefix: string, url = testServices().redisUrl) => {
    const redis = connectRedis(url, 'test')
    if (url === testServices().redisUrl) await redisReady(redis, 5_000)
    const limiter = new RateLimiter(redis, prefix, () => clock.ms)
    return {
      limiter,
      close: () => {
        limiter.stop()
        redis.disconnect()
      },
    }
  }
  const take = (limiter: RateLimiter, key: string, count: number, max: number) =>
    Array.from({ length: count }, () => limiter.take(key, max)).filter((waitMs) => waitMs === 0).length

  test('to the limit and no further, until the minute ends; each key for itself; 0 is no limit', async () => {
    const clock = { ms: NOON_MS + 15_000 }
    const { limiter, close } = await limiterAt(clock, world.prefix)
    expect(take(limiter, 'a', 10, 7)).toBe(7)
    expect([limiter.take('a', 7), limiter.wait('a', 7), limiter.wait('b', 7)]).toEqual([45_000, 45_000, 0])
    expect(take(limiter, 'b', 10, 7)).toBe(7)
    expect(take(limiter, 'c', 1000, 0)).toBe(1000)
    clock.ms += 45_000
    expect(take(limiter, 'a', 10, 7)).toBe(7)
    close()
  })

  test('what one server allows counts on the others', async () => {
    const clock = { ms: NOON_MS + 1_000 }
    const [one, two] = [await limiterAt(clock, world.prefix), await limiterAt(clock, world.prefix)]
    expect(take(one.limiter, 'shared', 60, 100)).toBe(60)
    // A tenth by itself, and then it has asked.
    expect(take(two.limiter, 'shared', 10, 100)).toBe(10)
    await waitFor('both counts to be known', () => {
      two.limiter.take('shared', 100)
      return two.limiter.wait('shared', 71) > 0
    })
    one.close()
    two.close()
  })

  test('with Redis away each server goes on alone', async () => {
    const { limiter, close } = await limiterAt({ ms: NOON_MS }, 'x:', 'redis://127.0.0.1:1')
    expect(take(limiter, 'a', 100, 50)).toBe(50)
    expect(limiter.wait('a', 50)).toBe(60_000)
    close()
  })

  test('[I8] a flood of keys is bounded and shuts nobody out', async () => {
    const { limiter, close } = await limiterAt({ ms: NOON_MS }, world.prefix)
    for (let i = 0; i < 100_000; i++) limiter.take(`key ${i}`, 1)
    expect([limiter.take('one more', 1), limiter.take('one more', 1), limiter.take('key 0', 1)]).toEqual([
      0, 0, 60_000,
    ])
    close()
  })
})
