import type { RedisClient } from '../redis.js'
import type { BufferKeys } from './keys.js'
import { pipelined, runPipeline } from './pipelines.js'

/** A sampled trace that waits for a commit: of a batch, up to a seq of its source; or of a close. */
export type TraceNote = { traceparent: string } & (
  | { source: number; lastSourceSeq: number }
  | { closes: true }
)

/** Of one session; older ones go, as do all where no worker takes them. */
const MAX_NOTES = 64
const KEPT_SEC = 120

/**
 * What carries traces from servers to the workers that commit: a short list for each session with sampled batches, beside
 * its buffer and not in it. Nothing depends on it, and a lost note is a trace that ends with the append. Throws StoreError.
 */
export class TraceNotes {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: BufferKeys,
  ) {}

  /** On the buffer's own connection, before the append: whoever finds the batch finds the note. */
  async note(sessionId: string, note: TraceNote): Promise<void> {
    const key = this.keys.traces(this.keys.shardOf(sessionId), sessionId)
    // A transaction: a list without its end would stay.
    await runPipeline(
      this.redis.multi().rpush(key, JSON.stringify(note)).ltrim(key, -MAX_NOTES, -1).expire(key, KEPT_SEC),
    )
  }

  /** Takes the notes of sessions that `isDue` says are committed: those of each session, in the order of the ids. */
  async take(
    sessionIds: readonly string[],
    isDue: (sessionId: string, note: TraceNote) => boolean,
  ): Promise<TraceNote[][]> {
    const { shardOf, traces } = this.keys
    const keyOf = (sessionId: string) => traces(shardOf(sessionId), sessionId)
    const lists = await pipelined(this.redis, sessionIds, shardOf, (pipeline, id) =>
      pipeline.lrange(keyOf(id), 0, -1),
    )
    const found = sessionIds.map((id, i) =>
      (lists[i] as string[])
        .map((text) => ({ id, text, note: JSON.parse(text) as TraceNote }))
        .filter(({ note }) => isDue(id, note)),
    )
    const taken = found.flat()
    if (taken.length > 0) {
      await pipelined(
        this.redis,
        taken,
        ({ id }) => shardOf(id),
        (pipeline, { id, text }) => pipeline.lrem(keyOf(id), 1, text),
      )
    }
    return found.map((ofSession) => ofSession.map(({ note }) => note))
  }
}
