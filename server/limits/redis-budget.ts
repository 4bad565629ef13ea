import { askMasters, type RedisClient } from '../../db/redis.js'
import { ExplainedError } from '../../protocol/errors.js'

/** What Redis says of its memory. */
export interface RedisMemory {
  /** What counts against its own limit. */
  usedBytes: number
  /** Its own limit; 0 without one. */
  maxBytes: number
}

export interface BudgetWatcher {
  onReached(facts: { usedBytes: number; budgetBytes: number }): void
  onLeft(facts: { usedBytes: number; budgetBytes: number }): void
  onReading(usedBytes: number, budgetBytes: number): void
}

const READ_EVERY_MS = 500
/** Of Redis' own limit. The rest is for what must go on while nothing is taken: flushes, job queues, leases. */
const SHARE_OF_MAXMEMORY = 0.8
/** From this part of the budget on recorders are asked to wait, ever longer. */
const SLOW_FROM = 0.7
/** Full is full until so much is free again: a little room at a time would be taken by whoever comes first. */
const FULL_UNTIL = 0.95
const LEAST_WAIT_MS = 200
const MOST_WAIT_MS = 5_000
/** A batch takes up more than its text: the stream's entries, and what is around them. */
const BYTES_PER_BYTE = 1.25

/**
 * How much of its memory Redis may fill with what is not committed yet [I5]. All servers look at the same number,
 * Redis' own, so that no sum can be wrong; between two looks each adds what it has appended itself
 * (docs/decisions/redis-budget.md).
 */
export class RedisBudget {
  private usedBytes = 0
  private appendedBytes = 0
  private limitBytes: number
  private full = false
  private timer: NodeJS.Timeout | null = null
  private reading: Promise<void> | null = null

  constructor(
    private readonly read: () => Promise<RedisMemory>,
    private readonly budgetBytes: number,
    private readonly watcher: BudgetWatcher,
  ) {
    this.limitBytes = budgetBytes
  }

  /** Looks for the first time, then every half second. A Redis that is away is asked again. */
  async start(): Promise<void> {
    this.timer = setInterval(() => this.look(), READ_EVERY_MS)
    await this.look()
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
  }

  /** A batch of so many bytes was appended. */
  appended(bytes: number): void {
    this.appendedBytes += bytes * BYTES_PER_BYTE
    this.judge()
  }

  get isFull(): boolean {
    return this.full
  }

  /** How long a recorder is asked to wait before its next batch; 0 while there is room enough. */
  get retryAfterMs(): number {
    const part = Math.min(1, (this.filled - SLOW_FROM) / (1 - SLOW_FROM))
    return part <= 0 ? 0 : Math.round(LEAST_WAIT_MS + (MOST_WAIT_MS - LEAST_WAIT_MS) * part * part)
  }

  /** Throws TRY_LATER while Redis is full: the sender keeps its events, and nothing is lost. */
  check(): void {
    if (!this.full) return
    throw new ExplainedError('TRY_LATER', 'The buffer is full.', { retryAfterMs: this.retryAfterMs })
  }

  private get filled(): number {
    return (this.usedBytes + this.appendedBytes) / this.limitBytes
  }

  private judge(): void {
    const isFull = this.filled >= (this.full ? FULL_UNTIL : 1)
    if (isFull === this.full) return
    this.full = isFull
    const facts = { usedBytes: this.usedBytes, budgetBytes: this.limitBytes }
    if (isFull) this.watcher.onReached(facts)
    else this.watcher.onLeft(facts)
  }

  /** One look at a time, however many ask for it. */
  private look(): Promise<void> {
    this.reading ??= this.lookNow().finally(() => {
      this.reading = null
    })
    return this.reading
  }

  private async lookNow(): Promise<void> {
    // What is appended while the answer is under way may be in it or not: it is counted once more, for half a second.
    const before = this.appendedBytes
    try {
      const { usedBytes, maxBytes } = await this.read()
      this.usedBytes = usedBytes
      this.appendedBytes -= before
      const ofRedis = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes * SHARE_OF_MAXMEMORY
      this.limitBytes = Math.min(this.budgetBytes, ofRedis)
      this.watcher.onReading(usedBytes, this.limitBytes)
      this.judge()
    } catch {
      // Away. Appends fail too, and what was known of it counts until it is back.
    }
  }
}

/**
 * What Redis has in memory, as it counts against `maxmemory`; of a cluster's masters the one that has most, since a session can't
 * move to another. Throws what ioredis throws.
 */
export async function readRedisMemory(redis: RedisClient): Promise<RedisMemory> {
  const masters = await askMasters(redis, async (node) => memoryIn(await node.info('memory')))
  return masters.reduce((most, one) => (one.usedBytes > most.usedBytes ? one : most))
}

function memoryIn(info: string): RedisMemory {
  const numberOf = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  return {
    usedBytes: numberOf('used_memory') - numberOf('mem_not_counted_for_evict'),
    maxBytes: numberOf('maxmemory'),
  }
}
