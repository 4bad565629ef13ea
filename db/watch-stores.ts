import type { Logger } from 'pino'
import type { EventBuffer } from './buffer/event-buffer.js'
import type { Database } from './connect.js'
import { endsWithin } from './ends-within.js'
import { pingRedis, type RedisClient } from './redis.js'

export type StoreName = 'postgres' | 'redis'

export interface StoreWatch {
  /** Throws where one of the stores does not answer now. */
  check(): Promise<void>
  stop(): void
}

export interface StoreWatcher {
  /** After each look. */
  onLook(store: StoreName, isUp: boolean): void
  /** A store that was there is away, or is back. */
  onChange(store: StoreName, isUp: boolean): void
  /** Redis, or a master of its cluster, is another than before: sessions get new epochs as they move [R3]. */
  onOtherRedis(): void
}

const LOOK_EVERY_MS = 2_000
/** A store that takes longer is of no use to anybody who waits. */
const ANSWER_MS = 2_000

/** Asks both stores now and then whether they are there, so that it is known before anybody needs them. */
export function watchStores(
  { redis, db, buffer }: { redis: RedisClient; db: Database; buffer: EventBuffer },
  watcher: StoreWatcher,
): StoreWatch {
  const ask: Record<StoreName, () => PromiseLike<unknown>> = {
    postgres: () => db.sql`select 1`,
    redis: () => pingRedis(redis),
  }
  const up = new Map<StoreName, boolean>()
  /** A question that has no answer yet is not asked again: drivers keep questions until their store is back. */
  const asked = new Map<StoreName, Promise<unknown>>()
  let runIds: string | null = null

  async function answers(store: StoreName): Promise<boolean> {
    if (asked.has(store)) return false
    let isUp = false
    const question = Promise.resolve(ask[store]())
      .then(() => {
        isUp = true
      })
      .finally(() => asked.delete(store))
    question.catch(() => {})
    asked.set(store, question)
    await endsWithin(question, ANSWER_MS)
    return isUp
  }

  async function look(store: StoreName): Promise<void> {
    const isUp = await answers(store)
    watcher.onLook(store, isUp)
    if (up.get(store) !== undefined && up.get(store) !== isUp) watcher.onChange(store, isUp)
    up.set(store, isUp)
    if (store === 'redis' && isUp) await lookWhich()
  }

  async function lookWhich(): Promise<void> {
    const found = await buffer.runIds().catch(() => null)
    if (found === null) return
    const now = found.join()
    if (runIds !== null && runIds !== now) watcher.onOtherRedis()
    runIds = now
  }

  let isLooking = false
  const lookAtAll = async () => {
    if (isLooking) return
    isLooking = true
    await Promise.all([look('postgres'), look('redis')]).finally(() => {
      isLooking = false
    })
  }
  void lookAtAll()
  const timer = setInterval(lookAtAll, LOOK_EVERY_MS)
  return {
    check: async () => {
      await Promise.all([ask.postgres(), ask.redis()])
    },
    stop: () => clearInterval(timer),
  }
}

/** As both processes tell it: in the metrics and in the log. */
export const storeNotes = (
  log: Logger,
  {
    storeUp,
    otherRedis,
  }: {
    storeUp: { set(labels: { store: StoreName }, value: number): void }
    otherRedis: { inc(): void }
  },
): StoreWatcher => ({
  onLook: (store, isUp) => storeUp.set({ store }, isUp ? 1 : 0),
  onChange: (store, isUp) =>
    isUp ? log.info({ store }, 'a store is back') : log.warn({ store }, 'a store is away'),
  onOtherRedis: () => {
    otherRedis.inc()
    log.warn('Redis is another than before: sessions get new epochs')
  },
})
