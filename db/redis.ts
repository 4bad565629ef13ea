import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { StoreError } from './errors.js'

/**
 * How a connection comes back. Redis is near, and its return is to be noticed at once: recorders wait for it. While it reads its
 * file it names whole seconds to wait for, longer than most files take.
 */
export const comeBack = {
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), MOST_RETRY_MS),
  maxLoadingRetryTime: 250,
}
const MOST_RETRY_MS = 250

/**
 * A connection that fails at once while Redis is away instead of queueing: whoever calls holds the data and is
 * told to keep it. Unanswered commands are not resent after a reconnect either, since the caller resends.
 */
export function connectRedis(url: string, name: string): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 15_000,
    ...comeBack,
  })
  // Without a listener an 'error' event ends the process; the commands that fail carry the cause.
  redis.on('error', () => {})
  return redis
}

/**
 * A connection for the Socket.IO adapter. Subscriptions come back by themselves after a reconnect; what was
 * published meanwhile is lost, which watchers notice by the seqs.
 */
export function connectPubSub(url: string, name: string): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    maxRetriesPerRequest: null,
    // A relay that could not leave at once is worth nothing later.
    autoResendUnfulfilledCommands: false,
    ...comeBack,
  })
  redis.on('error', () => {})
  return redis
}

/** Waits until Redis has answered once, so that a start does not race its first command against the connection. */
export async function redisReady(redis: Redis, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  if (redis.status === 'wait') await redis.connect().catch(() => {})
  while (redis.status !== 'ready') {
    if (Date.now() > deadline) throw new StoreError('unavailable', 'redis', 'NOT_READY')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A Lua script, sent by its hash once the server knows it. */
export class RedisScript {
  private readonly sha: string
  constructor(private readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex')
  }

  async run(redis: Redis, keys: string[], args: (string | number)[]): Promise<unknown> {
    try {
      try {
        return await redis.evalsha(this.sha, keys.length, ...keys, ...args)
      } catch (error) {
        if (!isNoScript(error)) throw error
        return await redis.eval(this.source, keys.length, ...keys, ...args)
      }
    } catch (error) {
      throw redisError(error)
    }
  }

  /** Like run, but a server that does not know the script refuses with a StoreError of code NOSCRIPT. */
  async runKnown(redis: Redis, keys: string[], args: (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args)
    } catch (error) {
      throw redisError(error)
    }
  }

  async load(redis: Redis): Promise<void> {
    try {
      await redis.script('LOAD', this.source)
    } catch (error) {
      throw redisError(error)
    }
  }
}

const isNoScript = (error: unknown): boolean => (error as Error).message.startsWith('NOSCRIPT')

/** Redis quotes arguments in some errors; only the first word, the error's name, is kept. */
export function redisError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const word = /^[A-Z]+(?= )/.exec((error as Error).message)?.[0]
  if (word === 'NOSCRIPT') return new StoreError('conflict', 'redis', word)
  if (word === 'ERR' || word === 'WRONGTYPE' || word === 'CROSSSLOT')
    return new StoreError('refused', 'redis', word)
  return new StoreError(
    'unavailable',
    'redis',
    word ?? String((error as { code?: unknown }).code ?? 'CONNECTION'),
  )
}
