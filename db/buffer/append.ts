import type { StoreError } from '../errors.js'
import type { RedisClient } from '../redis.js'
import { redisError } from '../redis-script.js'
import type { BufferKeys } from './keys.js'
import { readAnswer } from './read-answers.js'
import type { AppendResult, BufferedAppend, FlushDue } from './records.js'
import type { RedisRun } from './redis-run.js'
import { ReplicaWait } from './replica-wait.js'

/** The way into the buffer (append-script.ts). */
export class AppendCalls {
  private readonly replicas: ReplicaWait

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: BufferKeys,
    private readonly run: RedisRun,
    private readonly due: FlushDue,
  ) {
    this.replicas = new ReplicaWait(redis)
  }

  /**
   * Appends batches that all go to one place (places.ts), in one call; the answers stand in the batches' order, an error
   * in the place of a batch that Redis refused, of which all others know nothing [I7]. Throws StoreError.
   */
  async append(batches: readonly BufferedAppend[], nowMs: number): Promise<(AppendResult | StoreError)[]> {
    const [first] = batches
    if (first === undefined) return []
    const { keys: names, due } = this
    // In a cluster the shard of all.
    const shard = names.shardOf(first.sessionId)
    const { runId, append } = await this.run.believed(shard)
    const keys: string[] = []
    const args: (string | number)[] = [nowMs, runId, due.dueAfterMs, due.dueEvents]
    for (const batch of batches) {
      const of = names.shardOf(batch.sessionId)
      keys.push(names.dirty(of), names.active(of), names.holes(of))
      keys.push(names.meta(of, batch.sessionId), names.stream(of, batch.sessionId))
      args.push(batch.sessionId, batch.epoch, batch.source, batch.fence, batch.firstSeq, batch.count)
      args.push(batch.firstTimestampMs, batch.lastTimestampMs, batch.lines)
    }
    let answers: unknown
    try {
      const { answer, replicas } = await append.runKnown(this.redis, keys, args, this.replicas.waitMs(shard))
      answers = answer
      if (replicas !== null) this.replicas.answered(shard, replicas)
    } catch (error) {
      // Another Redis than the one we knew. Nothing was appended; the next try learns its run id.
      if (redisError(error).code === 'NOSCRIPT') this.run.forget(shard)
      throw error
    }
    return (answers as (['failed', string] | [string, ...number[]])[]).map((answer) =>
      answer[0] === 'failed'
        ? redisError(new Error(String(answer[1])))
        : readAnswer(answer as [string, ...number[]]),
    )
  }
}
