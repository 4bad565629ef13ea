import { RedisScript } from '../redis-script.js'
import type { BufferMeta, EventBuffer } from './event-buffer.js'

/** Among a session's events above `afterSeq`, up to `throughSeq`, are messages that no page of the candidate's was there for. */
export interface UntoldNote {
  afterSeq: number
  throughSeq: number
}

/** Of a session's buffer: the note, as `afterSeq:throughSeq`. */
const FIELD = 'untold'

/**
 * KEYS  meta
 * ARGV  field, afterSeq, throughSeq
 * Returns 1 where nothing was noted yet.
 */
const KEEP_SCRIPT = new RedisScript(`
if redis.call('HEXISTS', KEYS[1], 'epoch') == 0 then return 0 end
local after, through = tonumber(ARGV[2]), tonumber(ARGV[3])
local noted = redis.call('HGET', KEYS[1], ARGV[1])
if noted then
  local notedAfter, notedThrough = string.match(noted, '^(%d+):(%d+)$')
  after = math.min(after, tonumber(notedAfter))
  through = math.max(through, tonumber(notedThrough))
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f:%.0f', after, through))
return noted and 0 or 1
`)

/**
 * KEYS  meta
 * ARGV  field, value
 */
const TAKE_SCRIPT = new RedisScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`)

/** Null where there is none. */
export function untoldNote({ fields }: BufferMeta): UntoldNote | null {
  const value = fields[FIELD]
  if (value === undefined) return null
  const [afterSeq, throughSeq] = value.split(':').map(Number) as [number, number]
  return { afterSeq, throughSeq }
}

/**
 * Notes it, in one with what is noted already; as leases, only where there is a buffer.
 * @returns whether nothing was noted before. Throws StoreError.
 */
export async function keepUntold(
  { keys, redis }: EventBuffer,
  sessionId: string,
  { afterSeq, throughSeq }: UntoldNote,
): Promise<boolean> {
  const meta = keys.meta(keys.shardOf(sessionId), sessionId)
  return (await KEEP_SCRIPT.run(redis, [meta], [FIELD, afterSeq, throughSeq])) === 1
}

/** Takes the note away; false where it is not this one any more: somebody took it, or added to it. Throws StoreError. */
export async function takeUntold(
  { keys, redis }: EventBuffer,
  sessionId: string,
  { afterSeq, throughSeq }: UntoldNote,
): Promise<boolean> {
  const meta = keys.meta(keys.shardOf(sessionId), sessionId)
  return (await TAKE_SCRIPT.run(redis, [meta], [FIELD, `${afterSeq}:${throughSeq}`])) === 1
}
