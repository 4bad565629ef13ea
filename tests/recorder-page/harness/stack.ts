import { connectRedis, redisReady } from '../../../db/redis.js'
import { freePort, startOwnRedis } from '../../support/own-redis.js'
import type { ProductProcess } from '../../support/process.js'
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.js'
import { makeWorld, type World } from '../../support/world.js'

/** The service as it runs, with a Redis of its own, behind a link that fails; each part can be killed. */
export interface Stack extends AsyncDisposable {
  readonly world: World
  readonly link: TcpProxy
  readonly server: ProductProcess
  /** kill -9, and the same again on the same port after so long. */
  killServer(downMs: number): Promise<void>
  killWorker(downMs: number): Promise<void>
  killRedis(downMs: number): Promise<void>
  /** FLUSHALL: all that was not committed is gone. */
  emptyRedis(): Promise<void>
}

/** Often enough that a run is not spent waiting, rarely enough that faults meet events that are not committed. */
const FLUSH = { FLUSH_DUE_MS: '1500', FLUSH_DUE_EVENTS: '60', SWEEP_EVERY_MS: '500' }

export async function startStack(env: Record<string, string> = {}): Promise<Stack> {
  const redis = await startOwnRedis()
  const world = await makeWorld({ redisUrl: redis.url, env: { ...FLUSH, ...env } })
  const port = String(await freePort())
  let server = await world.startServer({ PORT: port })
  let worker = await world.startWorker()
  const link = await startProxy(server.port)
  const inTurn = { server: turns(), worker: turns(), redis: turns() }

  return {
    world,
    link,
    get server() {
      return server
    },
    killServer: (downMs) =>
      inTurn.server(async () => {
        await server.kill()
        await pause(downMs)
        // A server waits for Redis before it is ready: one that is away would be one fault more than was asked for.
        await inTurn.redis(async () => {})
        server = await world.startServer({ PORT: port })
      }),
    killWorker: (downMs) =>
      inTurn.worker(async () => {
        await worker.kill()
        await pause(downMs)
        await inTurn.redis(async () => {})
        worker = await world.startWorker()
      }),
    killRedis: (downMs) =>
      inTurn.redis(async () => {
        await redis.kill()
        await pause(downMs)
        await redis.start()
      }),
    emptyRedis: () =>
      inTurn.redis(async () => {
        const client = connectRedis(redis.url, 'test')
        try {
          await redisReady(client, 5_000)
          await client.flushall()
        } finally {
          client.disconnect()
        }
      }),
    [Symbol.asyncDispose]: async () => {
      await link.close()
      await world[Symbol.asyncDispose]()
      await redis.remove()
    },
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs one after another. */
function turns(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const done = last.then(act)
    last = done.catch(() => {})
    return done
  }
}
