import { Counter, Gauge, Registry } from 'prom-client'
import { processMetrics } from '../db/process-metrics.js'

/** What a worker counts; docs/operations.md says what each means and what to do about it. */
export function makeMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    ...processMetrics(registry),
    committed: new Counter({
      name: 'recorder_events_committed_total',
      help: 'Events committed by this worker',
      registers,
    }),
    purged: new Counter({
      name: 'recorder_events_purged_total',
      help: 'Events whose rows this worker removed because their archive has them',
      registers,
    }),
    errors: new Counter({
      name: 'recorder_job_errors_total',
      help: 'Jobs that failed and are done again',
      registers,
    }),
    unreadable: new Counter({
      name: 'recorder_buffer_unreadable_total',
      help: 'Rounds in which a session was left to a worker that knows its buffer format',
      registers,
    }),
    withoutQueue: new Counter({
      name: 'recorder_flushes_without_queue_total',
      help: 'Shards that this worker flushed because no job for them came',
      registers,
    }),
    dirtySessions: new Gauge({
      name: 'recorder_dirty_sessions',
      help: 'Sessions with events that are not committed',
      registers,
    }),
    flushOverdue: new Gauge({
      name: 'recorder_flush_overdue_seconds',
      help: 'For how long the session that waits longest has been due for its flush',
      registers,
    }),
    lagEvents: new Gauge({
      name: 'recorder_watermark_lag_events',
      help: 'Events that are received and not committed',
      registers,
    }),
    oldestUncommitted: new Gauge({
      name: 'recorder_oldest_uncommitted_seconds',
      help: 'How long ago the oldest event that is not committed was received',
      registers,
    }),
    queueJobs: new Gauge({
      name: 'recorder_queue_jobs',
      help: 'Jobs in the queues, by queue and state',
      labelNames: ['queue', 'state'],
      registers,
    }),
    archivePending: new Gauge({
      name: 'recorder_archive_pending',
      help: 'Closed sessions whose archive is not written and verified yet',
      registers,
    }),
    archiveOldest: new Gauge({
      name: 'recorder_archive_pending_oldest_seconds',
      help: 'How long ago the first of them was closed',
      registers,
    }),
    quarantined: new Gauge({
      name: 'recorder_quarantined_events',
      help: 'Events set aside that were not replayed',
      registers,
    }),
  }
}

export type WorkerMetrics = ReturnType<typeof makeMetrics>
