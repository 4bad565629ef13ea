import { createHash } from 'node:crypto'
import { StoreError } from './errors.js'
import type { RedisClient } from './redis.js'

/** A Lua script, sent by its hash once the server knows it. */
export class RedisScript {
  private readonly sha: string
  constructor(private readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex')
  }

  async run(redis: RedisClient, keys: string[], args: (string | number)[]): Promise<unknown> {
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

  /**
   * Like run, but a server that does not know the script refuses with a StoreError of code NOSCRIPT.
   * @param waitMs how long to wait until a replica has what the script wrote; 0 for not at all
   * @returns `replicas`: how many had it in that time; null where it was not waited for
   */
  async runKnown(
    redis: RedisClient,
    keys: string[],
    args: (string | number)[],
    waitMs = 0,
  ): Promise<{ answer: unknown; replicas: number | null }> {
    const alone = async () => ({
      answer: await redis.evalsha(this.sha, keys.length, ...keys, ...args),
      replicas: null,
    })
    try {
      if (waitMs === 0) return await alone()
      // WAIT counts what its own connection wrote; in a pipeline it goes where the script's keys are.
      const pipeline = redis.pipeline().evalsha(this.sha, keys.length, ...keys, ...args)
      const [ran, waited] = (await pipeline.wait(1, waitMs).exec()) ?? []
      if (ran === undefined) throw new Error('EXECABORT no answer')
      // ioredis follows a slot to its new master for single commands, and for pipelines only where all of them were sent away.
      if (ran[0]?.message.startsWith('MOVED ')) return await alone()
      if (ran[0] !== null) throw ran[0]
      return { answer: ran[1], replicas: Number(waited?.[1] ?? 0) }
    } catch (error) {
      throw redisError(error)
    }
  }

  async load(redis: RedisClient): Promise<void> {
    try {
      await redis.script('LOAD', this.source)
    } catch (error) {
      throw redisError(error)
    }
  }
}

const isNoScript = (error: unknown): boolean => (error as Error).message.startsWith('NOSCRIPT')

/** Sends a command. Throws StoreError. */
export async function command<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    throw redisError(error)
  }
}

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
