import { command, RedisScript } from '../redis-script.js'
import type { BufferMeta, EventBuffer } from './event-buffer.js'

/** Of a session's buffer: behind this seq are messages that no page of the candidate's was there for. */
const FIELD = 'untoldAfterSeq'

/**
 * KEYS  meta
 * ARGV  field, value
 */
const KEEP_SCRIPT = new RedisScript(`
if redis.call('HEXISTS', KEYS[1], 'epoch') == 0 then return 0 end
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
`)

/** Null where there are none. */
export function untoldAfterSeq({ fields }: BufferMeta): number | null {
  const value = fields[FIELD]
  return value === undefined ? null : Number(value)
}

/** Notes that there are, unless an earlier seq is noted; as leases, only where there is a buffer. Throws StoreError. */
export async function keepUntold(
  { keys, redis }: EventBuffer,
  sessionId: string,
  afterSeq: number,
): Promise<void> {
  await KEEP_SCRIPT.run(redis, [keys.meta(keys.shardOf(sessionId), sessionId)], [FIELD, afterSeq])
}

/** Takes the note away; false where somebody else did. Throws StoreError. */
export async function takeUntold({ keys, redis }: EventBuffer, sessionId: string): Promise<boolean> {
  const meta = keys.meta(keys.shardOf(sessionId), sessionId)
  return (await command(() => redis.hdel(meta, FIELD))) === 1
}
