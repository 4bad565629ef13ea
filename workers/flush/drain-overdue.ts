import { type FlushContext, flushShard } from './flush-shard.js'

export interface DrainContext extends FlushContext {
  /** When this worker was last given a job of any kind. */
  lastJobAtMs: () => number
  onDrained: (shard: number) => void
}

/** So long overdue, and so long without a job, means that the queue does not do its part. */
const OVERDUE_MS = 10_000

/**
 * Flushes shards that are overdue without a job to do so. A Redis that refuses writes, since it is full, refuses those of
 * the job queues too, and only a flush can empty it [I5]. While jobs come this does nothing.
 * Throws as {@link flushShard} does.
 */
export async function drainOverdue(context: DrainContext, signal: AbortSignal): Promise<void> {
  const sinceMs = context.clock() - OVERDUE_MS
  if (context.lastJobAtMs() > sinceMs) return
  for (const shard of await context.buffer.schedules.dueShards(sinceMs)) {
    if (signal.aborted) return
    context.onDrained(shard)
    await flushShard(context, shard, signal)
  }
}

/** How often to look whether shards are left lying. */
const LOOK_EVERY_MS = 2_000

/** Looks again and again, once at a time. */
export function startDraining(
  context: DrainContext,
  signal: AbortSignal,
  onError: (error: Error) => void,
): { stop(): void } {
  let isDraining = false
  const timer = setInterval(() => {
    if (isDraining) return
    isDraining = true
    drainOverdue(context, signal)
      .catch(onError)
      .finally(() => {
        isDraining = false
      })
  }, LOOK_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}
