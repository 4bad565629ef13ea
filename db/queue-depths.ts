import { type ConnectionOptions, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { JOB_QUEUES, type JobQueueName } from '../protocol/jobs.js'
import { queuePrefix } from './queues.js'

/** Where a job can be; `failed` ones are kept for whoever looks into them, and their work is done by others. */
export const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const
export type JobState = (typeof JOB_STATES)[number]

export interface QueueDepths {
  /** How many jobs there are in each state. Throws what ioredis throws. */
  read(): Promise<{ queue: JobQueueName; state: JobState; jobs: number }[]>
  close(): Promise<void>
}

/** Looks at the queues over a connection that is there already, and stays open. */
export function openQueueDepths(redis: Redis, prefix: string): QueueDepths {
  const queues = JOB_QUEUES.map((name) => {
    const queue = new Queue(name, {
      connection: redis as unknown as ConnectionOptions,
      prefix: queuePrefix(prefix),
      // The queue's own settings are for those who add to it.
      skipMetasUpdate: true,
    })
    queue.on('error', () => {})
    return { name, queue }
  })
  return {
    read: async () => {
      const counts = await Promise.all(queues.map(({ queue }) => queue.getJobCounts(...JOB_STATES)))
      return queues.flatMap(({ name }, i) =>
        JOB_STATES.map((state) => ({ queue: name, state, jobs: counts[i]?.[state] ?? 0 })),
      )
    },
    close: async () => {
      await Promise.all(queues.map(({ queue }) => queue.close()))
    },
  }
}
