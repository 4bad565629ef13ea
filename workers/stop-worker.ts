import { endsWithin } from '../db/ends-within.js'
import type { JobWorker } from '../db/queues.js'

/** All steps together; above the sum of their own bounds. */
export const STOP_TIMEOUT_MS = 15_000
const JOBS_MS = 8_000
const QUEUES_MS = 2_000
const STORES_MS = 3_000

export interface WorkerParts {
  /** From now on `/readyz` says that it stops. */
  unready: () => void
  /** Running rounds are the last of their jobs: what is left stays due, and any other worker takes it. */
  endRounds: () => void
  jobWorkers: readonly JobWorker[]
  closeQueues: () => Promise<unknown>
  closeStores: () => Promise<unknown>
}

/**
 * Stops a worker (docs/operations.md, "Stopping"): takes no more jobs and ends what it is at. A job that takes longer
 * than its bound, such as a large archive, is left in the middle: its lock ends seconds later, another worker does it
 * again, and doing it again changes nothing.
 */
export async function stopWorker(parts: WorkerParts): Promise<void> {
  parts.unready()
  parts.endRounds()
  await endsWithin(Promise.all(parts.jobWorkers.map((worker) => worker.close())), JOBS_MS)
  await endsWithin(parts.closeQueues(), QUEUES_MS)
  await endsWithin(parts.closeStores(), STORES_MS)
}
