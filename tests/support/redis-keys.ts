import { askMasters, type RedisClient } from '../../db/redis.js'

/** All keys that have the prefix somewhere, of all masters where Redis is a cluster. */
export async function keysWith(redis: RedisClient, prefix: string): Promise<string[]> {
  const found = await askMasters(redis, async (node) => {
    const keys: string[] = []
    let cursor = '0'
    do {
      const [next, page] = await node.scan(cursor, 'MATCH', `*${prefix}*`, 'COUNT', 500)
      keys.push(...page)
      cursor = next
    } while (cursor !== '0')
    return keys
  })
  return found.flat()
}

/** One by one: keys of several slots can't be in one command of a cluster. */
export async function removeKeysWith(redis: RedisClient, prefix: string): Promise<void> {
  for (const key of await keysWith(redis, prefix)) await redis.del(key)
}
