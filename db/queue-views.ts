import { type ConnectionOptions, Queue } from 'bullmq'
import { JOB_QUEUES, type JobQueueName } from '../protocol/jobs.js'
import { queuePrefix } from './queues.js'
import { isCluster, type RedisClient } from './redis.js'

/** The queues for whoever only looks at them, over a connection that is there already and stays open when they are closed. */
export function openQueueViews(redis: RedisClient, prefix: string): { name: JobQueueName; queue: Queue }[] {
  return JOB_QUEUES.map((name) => {
    const queue = new Queue(name, {
      connection: redis as unknown as ConnectionOptions,
      prefix: queuePrefix(prefix, name, isCluster(redis)),
      // The queue's own settings are for those who add to it.
      skipMetasUpdate: true,
    })
    queue.on('error', () => {})
    return { name, queue }
  })
}
