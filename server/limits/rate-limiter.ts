import { createHash } from 'node:crypto'
import type { RedisClient } from '../../db/redis.js'
import { RedisScript } from '../../db/redis-script.js'

const MINUTE_MS = 60_000
const SHARE_EVERY_MS = 1_000
/** What one server allows by itself before it asks what the others have allowed: a tenth of the limit. */
const SHARED_FROM = 0.1
const MAX_SHARED_AT_ONCE = 1_000
/** Keys counted in one minute [I8]. Those that come later are not counted: memory is bounded, and nobody is shut out. */
const MAX_KEYS = 100_000

interface Count {
  key: string
  /** Of all servers, as Redis said last. */
  sharedCount: number
  /** Of this server, not told to Redis yet. */
  ownCount: number
}

/**
 * Counts requests per key and minute of the clock. Each server counts in its own memory and, for whoever uses a lot,
 * adds its counts to those of the others in Redis once a second. So no request waits for Redis, and with Redis away
 * each server goes on alone; the price is that n servers may allow n tenths of a limit more than it says.
 */
export class RateLimiter {
  private minute = 0
  private counts = new Map<string, Count>()
  private due = new Set<Count>()
  private sharing = false
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly redis: RedisClient,
    /** In front of the keys; theirs share one hash tag, so that one script may touch them all. */
    private readonly prefix: string,
    private readonly clock: () => number,
  ) {
    this.timer = setInterval(() => this.share(), SHARE_EVERY_MS)
    this.timer.unref()
  }

  /**
   * Counts one more of what the key names.
   * @param max allowed in a minute; 0 for any number
   * @returns 0, or in how many ms to come again where the limit is reached; nothing is counted then
   */
  take(key: string, max: number): number {
    const waitMs = this.wait(key, max)
    const count = waitMs === 0 && max > 0 ? this.countOf(key) : null
    if (count === null) return waitMs
    count.ownCount += 1
    if (count.ownCount >= max * SHARED_FROM) this.due.add(count)
    return 0
  }

  /** As {@link take}, and counts nothing. */
  wait(key: string, max: number): number {
    if (max === 0) return 0
    this.turn()
    const count = this.counts.get(key)
    if (count === undefined || count.sharedCount + count.ownCount < max) return 0
    return (this.minute + 1) * MINUTE_MS - this.clock()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private turn(): void {
    const minute = Math.floor(this.clock() / MINUTE_MS)
    if (minute === this.minute) return
    this.minute = minute
    this.counts = new Map()
    this.due = new Set()
  }

  private countOf(key: string): Count | null {
    const found = this.counts.get(key)
    if (found !== undefined) return found
    if (this.counts.size >= MAX_KEYS) return null
    const count = { key, sharedCount: 0, ownCount: 0 }
    this.counts.set(key, count)
    return count
  }

  /** Tells Redis what was counted here, and learns what the others have. Never throws. */
  private async share(): Promise<void> {
    if (this.sharing || this.due.size === 0) return
    this.sharing = true
    const told = [...this.due].slice(0, MAX_SHARED_AT_ONCE).map((count) => ({ count, own: count.ownCount }))
    for (const { count } of told) this.due.delete(count)
    try {
      const keys = told.map(({ count }) => `${this.prefix}{rate}:${this.minute}:${nameOf(count.key)}`)
      const answer = await ADD.run(this.redis, keys, [2 * MINUTE_MS, ...told.map(({ own }) => own)])
      told.forEach(({ count, own }, i) => {
        count.ownCount -= own
        count.sharedCount = Number((answer as number[])[i])
      })
    } catch {
      // Redis is away: this server's own counts stand, and are told with the next request of each key.
    } finally {
      this.sharing = false
    }
  }
}

/** Keys hold names and addresses of people; Redis need not. */
const nameOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 22)

const ADD = new RedisScript(`
  local counts = {}
  for i, key in ipairs(KEYS) do
    counts[i] = redis.call('INCRBY', key, ARGV[i + 1])
    redis.call('PEXPIRE', key, ARGV[1])
  end
  return counts`)
