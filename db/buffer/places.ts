import { isCluster, type RedisClient } from '../redis.js'

/**
 * What may share a script call or a pipeline: a single Redis takes all shards together, a cluster's node those of one slot, so
 * of one shard.
 */
export const placeOf = (redis: RedisClient, shard: number): number => (isCluster(redis) ? shard : 0)

/** The items of each place, in their order. */
export function byPlace<Item>(
  redis: RedisClient,
  items: Iterable<Item>,
  shardOf: (item: Item) => number,
): Item[][] {
  const places = new Map<number, Item[]>()
  for (const item of items) {
    const place = placeOf(redis, shardOf(item))
    const members = places.get(place)
    if (members) members.push(item)
    else places.set(place, [item])
  }
  return [...places.values()]
}
