import { isCluster, type RedisClient } from '../redis.js'

/** Replicas of the same site answer within milliseconds. */
const WAIT_MS = 100
/** A master whose replica does not answer is written to without, and asked again so much later. */
const PAUSE_MS = 5_000

/**
 * Whether to wait until a replica has what was appended. A replica that becomes master without the last appends costs nothing
 * that a recorder still holds [I2]; with the wait also what was acked to a tab that is gone since is there. It can't be
 * promised: without a replica there is nothing to wait for, and recording goes on.
 */
export class ReplicaWait {
  private readonly pausedUntilMs = new Map<number, number>()
  private readonly isCluster: boolean

  constructor(redis: RedisClient) {
    this.isCluster = isCluster(redis)
  }

  /** How long to wait for a shard's replica; 0 for not at all. */
  waitMs(shard: number): number {
    if (!this.isCluster) return 0
    return performance.now() < (this.pausedUntilMs.get(shard) ?? 0) ? 0 : WAIT_MS
  }

  /** @param replicas as WAIT answered */
  answered(shard: number, replicas: number): void {
    if (replicas === 0) this.pausedUntilMs.set(shard, performance.now() + PAUSE_MS)
  }
}
