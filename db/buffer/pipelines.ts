import type { ChainableCommander } from 'ioredis'
import type { RedisClient } from '../redis.js'
import { redisError } from '../redis-script.js'
import { byPlace } from './places.js'

/** Runs a pipeline or a transaction; the first error of any of its commands is the error of all. Throws StoreError. */
export async function runPipeline(pipeline: {
  exec(): Promise<[Error | null, unknown][] | null>
}): Promise<unknown[]> {
  try {
    const results = await pipeline.exec()
    if (results === null) throw new Error('EXECABORT transaction aborted')
    return results.map(([error, value]) => {
      if (error) throw error
      return value
    })
  } catch (error) {
    throw redisError(error)
  }
}

/**
 * Adds one command for each item, in one round trip; the answers stand in the items' order. A cluster's pipeline goes to one
 * node, so there it is one round trip for each shard, all at once. Throws StoreError.
 */
export async function pipelined<Item>(
  redis: RedisClient,
  items: readonly Item[],
  shardOf: (item: Item) => number,
  add: (pipeline: ChainableCommander, item: Item) => void,
): Promise<unknown[]> {
  const groups = byPlace(redis, items.keys(), (i) => shardOf(items[i] as Item))
  const answers = new Array<unknown>(items.length)
  await Promise.all(
    groups.map(async (members) => {
      const pipeline = redis.pipeline()
      for (const i of members) add(pipeline, items[i] as Item)
      for (const [n, answer] of (await runPipeline(pipeline)).entries())
        answers[members[n] as number] = answer
    }),
  )
  return answers
}
