import { RedisScript } from '../redis-script.js'
import type { EventBuffer } from './event-buffer.js'
import { byPlace } from './places.js'

/** Fields with an end, beside what the buffer itself keeps of a session. */
export interface Lease {
  sessionId: string
  fields: Record<string, string | number>
}

/**
 * KEYS  meta of each lease's session
 * ARGV  per lease: how many names and values follow, then these
 */
const LEASE_SCRIPT = new RedisScript(`
local arg = 1
for _, meta in ipairs(KEYS) do
  local count = tonumber(ARGV[arg])
  if redis.call('HEXISTS', meta, 'epoch') == 1 then
    redis.call('HSET', meta, unpack(ARGV, arg + 1, arg + count))
  end
  arg = arg + 1 + count
end
return 1
`)

/**
 * Writes leases into the buffers of their sessions, where there are any: what is left of an erased session must not
 * come back as a connection that nobody has told yet [R14]. Throws StoreError.
 */
export async function writeLeases({ keys, redis }: EventBuffer, leases: readonly Lease[]): Promise<void> {
  const metaOf = ({ sessionId }: Lease) => keys.meta(keys.shardOf(sessionId), sessionId)
  await Promise.all(
    byPlace(redis, leases, ({ sessionId }) => keys.shardOf(sessionId)).map((of) =>
      LEASE_SCRIPT.run(
        redis,
        of.map(metaOf),
        of.flatMap(({ fields }) => [Object.keys(fields).length * 2, ...Object.entries(fields).flat()]),
      ),
    ),
  )
}
