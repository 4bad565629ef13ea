import { z } from 'zod'

/** What server and workers say to each other over BullMQ. A lost job is put back by the sweep. */
export const FLUSH_QUEUE = 'flush'
export const ARCHIVE_QUEUE = 'archive'
export const SWEEP_QUEUE = 'sweep'
export const JOB_QUEUES = [FLUSH_QUEUE, ARCHIVE_QUEUE, SWEEP_QUEUE] as const
export type JobQueueName = (typeof JOB_QUEUES)[number]

/** Drain the due sessions of one shard. */
export const flushJobSchema = z.object({ shard: z.number().int().nonnegative() })
export type FlushJob = z.infer<typeof flushJobSchema>

/** Write, verify and point to the archive of one closed session; in a trace where what asked for it was in one. */
export const archiveJobSchema = z.object({ sessionId: z.uuid(), traceparent: z.string().optional() })
export type ArchiveJob = z.infer<typeof archiveJobSchema>

/**
 * flush-due: queue a flush for each shard with due sessions · upkeep: what nobody else took care of · retention: what
 * goes with time.
 */
export const sweepJobSchema = z.object({ task: z.enum(['flush-due', 'upkeep', 'retention']) })
export type SweepJob = z.infer<typeof sweepJobSchema>
