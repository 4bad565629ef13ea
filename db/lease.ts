import { randomBytes } from 'node:crypto'
import type { RedisClient } from './redis.js'
import { RedisScript, redisError } from './redis-script.js'

/** What a process that died has held is free again after so long. */
const LEASE_MS = 15_000
const RENEW_EVERY_MS = 5_000

const renew = new RedisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`)
const release = new RedisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

export interface Lease {
  /** Never throws: what can't be given back runs out. */
  release(): Promise<void>
}

/**
 * Takes what only one process may hold at a time, and holds it until it is released; null where another one has it.
 * A process that stood still for longer than the term holds it no more, so what it guards must bear two at once.
 * Throws StoreError.
 */
export async function takeLease(redis: RedisClient, key: string): Promise<Lease | null> {
  const token = randomBytes(12).toString('hex')
  let isMine: boolean
  try {
    isMine = (await redis.set(key, token, 'PX', LEASE_MS, 'NX')) === 'OK'
  } catch (error) {
    throw redisError(error)
  }
  if (!isMine) return null
  const timer = setInterval(() => renew.run(redis, [key], [token, LEASE_MS]).catch(() => {}), RENEW_EVERY_MS)
  return {
    release: async () => {
      clearInterval(timer)
      await release.run(redis, [key], [token]).catch(() => {})
    },
  }
}
