import type { JobQueueName } from '../protocol/jobs.js'
import { openQueueViews } from './queue-views.js'
import type { RedisClient } from './redis.js'

/** Where a job can be; `failed` ones are kept for whoever looks into them, and their work is done by others. */
export const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const
export type JobState = (typeof JOB_STATES)[number]

export interface QueueDepths {
  /** How many jobs there are in each state. Throws what ioredis throws. */
  read(): Promise<{ queue: JobQueueName; state: JobState; jobs: number }[]>
  close(): Promise<void>
}

/** Looks at the queues over a connection that is there already, and stays open. */
export function openQueueDepths(redis: RedisClient, prefix: string): QueueDepths {
  const views = openQueueViews(redis, prefix)
  return {
    read: async () => {
      const counts = await Promise.all(views.map(({ queue }) => queue.getJobCounts(...JOB_STATES)))
      return views.flatMap(({ name }, i) =>
        JOB_STATES.map((state) => ({ queue: name, state, jobs: counts[i]?.[state] ?? 0 })),
      )
    },
    close: async () => {
      await Promise.all(views.map(({ queue }) => queue.close()))
    },
  }
}
