import type { ChainableCommander } from 'ioredis'
import type { RedisClient } from '../redis.js'
import { command } from '../redis-script.js'
import type { BufferKeys } from './keys.js'
import { pipelined } from './pipelines.js'

/**
 * Which sessions of each shard somebody has to look after, and when: sorted sets by time, which the scripts keep. Throws
 * StoreError.
 */
export class Schedules {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: BufferKeys,
    private readonly shards: readonly number[],
  ) {}

  /** Sessions of a shard whose flush is due, the longest due first. */
  async dueSessions(shard: number, nowMs: number, limit: number): Promise<string[]> {
    return command(() => this.redis.zrangebyscore(this.keys.dirty(shard), '-inf', nowMs, 'LIMIT', 0, limit))
  }

  /** The shards that have a session whose flush is due. */
  async dueShards(nowMs: number): Promise<number[]> {
    const counts = await this.ofShards((pipeline, shard) =>
      pipeline.zcount(this.keys.dirty(shard), '-inf', nowMs),
    )
    return (counts as number[]).flatMap((count, shard) => (count > 0 ? [shard] : []))
  }

  /** Makes a session's flush due now. */
  async makeDue(sessionId: string, nowMs: number): Promise<void> {
    const dirty = this.keys.dirty(this.keys.shardOf(sessionId))
    await command(() => this.redis.zadd(dirty, 'LT', nowMs, sessionId))
  }

  /** Puts a session's flush off, so that one that fails again and again is not always the first. */
  async postpone(sessionId: string, dueMs: number): Promise<void> {
    const dirty = this.keys.dirty(this.keys.shardOf(sessionId))
    await command(() => this.redis.zadd(dirty, 'XX', dueMs, sessionId))
  }

  /** Sessions without a new event since `beforeMs`, at most `limit` of each shard. */
  async quietSince(beforeMs: number, limit: number): Promise<string[]> {
    const found = await this.ofShards((pipeline, shard) =>
      pipeline.zrangebyscore(this.keys.active(shard), '-inf', beforeMs, 'LIMIT', 0, limit),
    )
    return (found as string[][]).flat()
  }

  /** Sessions with a hole in a source that was first seen before `beforeMs` [R6]. */
  async sessionsWithHoles(beforeMs: number): Promise<string[]> {
    const found = await this.ofShards((pipeline, shard) =>
      pipeline.zrangebyscore(this.keys.holes(shard), '-inf', beforeMs),
    )
    return (found as string[][]).flat()
  }

  /** An answer of each shard, in their order. */
  private ofShards(add: (pipeline: ChainableCommander, shard: number) => void): Promise<unknown[]> {
    return pipelined(this.redis, this.shards, (shard) => shard, add)
  }
}
