import type { EventBuffer } from '../db/buffer/event-buffer.js'
import type { JobRequests } from '../db/queues.js'

export interface FlushWaitContext {
  buffer: EventBuffer
  jobs: JobRequests
  clock: () => number
}

/** A caller who waits for a commit waits so long; what it waits for goes on by itself. */
export const COMMIT_WAIT_MS = 15_000
const POLL_MS = 20

/**
 * Has what is buffered of a session flushed now. The job alone would pass over a session that is not due yet; where it
 * can't be asked for, the sweep comes by.
 */
export async function flushNow({ buffer, jobs, clock }: FlushWaitContext, sessionId: string): Promise<void> {
  await buffer.schedules.makeDue(sessionId, clock())
  await jobs.flush(buffer.keys.shardOf(sessionId)).catch(() => {})
}

/** Looks again and again until `isDone` or `waitMs` are over. Returns what was seen last. */
export async function pollUntil<T>(
  { clock }: Pick<FlushWaitContext, 'clock'>,
  waitMs: number,
  look: () => Promise<T>,
  isDone: (seen: T) => boolean,
): Promise<T> {
  const deadlineMs = clock() + waitMs
  for (;;) {
    const seen = await look()
    if (isDone(seen) || clock() > deadlineMs) return seen
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
