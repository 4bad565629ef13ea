import type { Redis } from 'ioredis'
import { RedisScript, redisError } from '../redis.js'
import { APPEND_SCRIPT } from './append-script.js'

/**
 * Which life of Redis we are talking to. An epoch is made under one run id; a Redis that was restarted may have
 * lost its tail, so appending on under the old epoch would give seqs out a second time [R3].
 *
 * The append script is loaded under a text that contains the run id. A restarted Redis (and a promoted replica)
 * has an empty script cache and answers NOSCRIPT, so a belief about the run id that has gone stale can never
 * append anything, and noticing costs nothing while all is well.
 */
export class RedisRun {
  private known: Promise<{ runId: string; append: RedisScript }> | null = null
  constructor(private readonly redis: Redis) {}

  /** The run id and the append script made for it; asks Redis when it is not known. */
  current(): Promise<{ runId: string; append: RedisScript }> {
    if (this.known === null) {
      this.known = this.ask()
      this.known.catch(() => this.forget())
    }
    return this.known
  }

  /** To be called when the append script is unknown to Redis, or the connection was lost. */
  forget(): void {
    this.known = null
  }

  private async ask(): Promise<{ runId: string; append: RedisScript }> {
    let info: string
    try {
      info = await this.redis.info('server')
    } catch (error) {
      throw redisError(error)
    }
    const runId = /^run_id:(\w+)/m.exec(info)?.[1]
    if (runId === undefined) throw new Error('INFO server has no run_id')
    const append = new RedisScript(`-- run ${runId}\n${APPEND_SCRIPT}`)
    await append.load(this.redis)
    return { runId, append }
  }
}
