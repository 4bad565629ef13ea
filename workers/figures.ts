import type { EventBuffer } from '../db/buffer/event-buffer.js'
import { readBacklog } from '../db/buffer/read-backlog.js'
import type { Database } from '../db/connect.js'
import { endsWithin } from '../db/ends-within.js'
import type { QueueDepths } from '../db/queue-depths.js'
import type { WorkerMetrics } from './metrics.js'

/** Whoever asks for the metrics waits no longer for them. */
const ANSWER_MS = 2_000

interface Context {
  db: Database
  buffer: EventBuffer
  depths: QueueDepths
  clock: () => number
}

/**
 * Looks up what stands in the stores, the same for all workers. With a store away its figures stay as they were last.
 */
export async function lookUpFigures(context: Context, metrics: WorkerMetrics): Promise<void> {
  const looks = [backlog(context, metrics), queues(context, metrics), standing(context, metrics)]
  await endsWithin(Promise.allSettled(looks), ANSWER_MS)
}

async function backlog({ buffer, clock }: Context, metrics: WorkerMetrics): Promise<void> {
  const { sessions, events, oldestDueMs, oldestReceivedMs } = await readBacklog(buffer)
  const nowMs = clock()
  const secondsSince = (ms: number | null) => (ms === null ? 0 : Math.max(0, (nowMs - ms) / 1000))
  metrics.dirtySessions.set(sessions)
  metrics.lagEvents.set(events)
  metrics.flushOverdue.set(secondsSince(oldestDueMs))
  metrics.oldestUncommitted.set(secondsSince(oldestReceivedMs))
}

async function queues({ depths }: Context, metrics: WorkerMetrics): Promise<void> {
  for (const { queue, state, jobs } of await depths.read()) metrics.queueJobs.set({ queue, state }, jobs)
}

async function standing({ db }: Context, metrics: WorkerMetrics): Promise<void> {
  const [row] = await db.sql<{ pending: number; oldestSec: number; quarantined: number }[]>`
    select pending.count as pending, pending."oldestSec", aside.count as quarantined from
      (select count(*)::int as count,
         coalesce(greatest(0, extract(epoch from now() - min(close_requested_at))), 0)::float8 as "oldestSec"
       from session_recordings
       where status <> 'ACTIVE' and archive_state in ('pending', 'failed') and erase_requested_at is null) pending,
      (select count(*)::int as count from quarantined_events q
       join session_recordings r on r.id = q.session_id and r.erase_requested_at is null
       where not exists (select from session_sources s where s.session_id = q.session_id and s.role = 'service'
         and s.source_id = 'quarantine ' || q.seq and s.committed_seq > 0)) aside`
  if (!row) return
  metrics.archivePending.set(row.pending)
  metrics.archiveOldest.set(row.oldestSec)
  metrics.quarantined.set(row.quarantined)
}
