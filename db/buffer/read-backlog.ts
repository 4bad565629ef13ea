import type { RedisClient } from '../redis.js'
import { RedisScript, redisError } from '../redis-script.js'
import type { EventBuffer } from './event-buffer.js'

/** What is received and not committed, over all sessions. */
export interface Backlog {
  /** Sessions with uncommitted events. */
  sessions: number
  /** Of all of them together: exact up to 2 × {@link LOOK_AT} sessions a shard, above that from the mean of those. */
  events: number
  /** When the longest due flush was or will be due; null without any. */
  oldestDueMs: number | null
  /** When the oldest uncommitted event that was found was received; null without any. */
  oldestReceivedMs: number | null
}

/**
 * Sessions of a shard that are looked at, from either end of the schedule: those due longest, and those that were put off
 * farthest since their flush fails again and again. Nobody between them can have waited longer than the first by more than
 * the term of a flush.
 */
const LOOK_AT = 250

/**
 * KEYS  per session: meta, stream
 * → { uncommitted events, when the oldest was received or 0 }
 */
const LAG_SCRIPT = new RedisScript(`
local events, oldest = 0, 0
for i = 1, #KEYS, 2 do
  local m = redis.call('HMGET', KEYS[i], 'head', 'committed')
  if m[1] and m[2] then events = events + math.max(0, tonumber(m[1]) - tonumber(m[2])) end
  local first = redis.call('XRANGE', KEYS[i + 1], '-', '+', 'COUNT', 1)[1]
  for j = 1, first and #first[2] or 0, 2 do
    if first[2][j] == 'r' then
      local received = tonumber(first[2][j + 1])
      if oldest == 0 or received < oldest then oldest = received end
    end
  end
end
return { events, oldest }
`)

/** Looks at what is buffered, at a cost that is bounded however much it is. Throws StoreError. */
export async function readBacklog({ redis, keys, shards }: EventBuffer): Promise<Backlog> {
  const all = await Promise.all(Array.from({ length: shards }, (_, shard) => ofShard(redis, keys, shard)))
  const earliest = (moments: (number | null)[]) => {
    const known = moments.filter((ms) => ms !== null)
    return known.length === 0 ? null : Math.min(...known)
  }
  return {
    sessions: all.reduce((sum, { sessions }) => sum + sessions, 0),
    events: all.reduce((sum, { events }) => sum + events, 0),
    oldestDueMs: earliest(all.map(({ oldestDueMs }) => oldestDueMs)),
    oldestReceivedMs: earliest(all.map(({ oldestReceivedMs }) => oldestReceivedMs)),
  }
}

async function ofShard(redis: RedisClient, keys: EventBuffer['keys'], shard: number): Promise<Backlog> {
  const dirty = keys.dirty(shard)
  try {
    const [sessions, first, last] = await Promise.all([
      redis.zcard(dirty),
      redis.zrange(dirty, '0', String(LOOK_AT - 1), 'WITHSCORES'),
      redis.zrange(dirty, String(-LOOK_AT), '-1'),
    ])
    const longestDue = first.filter((_, i) => i % 2 === 0)
    const looked = [...new Set([...longestDue, ...last])]
    if (looked.length === 0) return { sessions, events: 0, oldestDueMs: null, oldestReceivedMs: null }
    const named = looked.flatMap((id) => [keys.meta(shard, id), keys.stream(shard, id)])
    const [events, oldest] = (await LAG_SCRIPT.run(redis, named, [])) as [number, number]
    return {
      sessions,
      events: Math.round((events * Math.max(sessions, looked.length)) / looked.length),
      oldestDueMs: Number(first[1]),
      oldestReceivedMs: oldest === 0 ? null : oldest,
    }
  } catch (error) {
    throw redisError(error)
  }
}
