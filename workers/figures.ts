import type { EventBuffer } from '../db/buffer/event-buffer.js'
import type { Database } from '../db/connect.js'
import { endsWithin } from '../db/ends-within.js'
import type { WorkerMetrics } from './metrics.js'

/** Whoever asks for the metrics waits no longer for them. */
const ANSWER_MS = 2_000

interface Context {
  db: Database
  buffer: EventBuffer
  clock: () => number
}

/**
 * Looks up what stands in the stores, the same for all workers. With a store away its figures stay as they were last.
 */
export async function lookUpFigures(context: Context, metrics: WorkerMetrics): Promise<void> {
  await endsWithin(Promise.allSettled([backlog(context, metrics), standing(context, metrics)]), ANSWER_MS)
}

async function backlog({ buffer, clock }: Context, metrics: WorkerMetrics): Promise<void> {
  const { sessions, oldestDueMs } = await buffer.backlog()
  metrics.dirtySessions.set(sessions)
  metrics.flushOverdue.set(oldestDueMs === null ? 0 : Math.max(0, (clock() - oldestDueMs) / 1000))
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
