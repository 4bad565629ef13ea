import { createHash } from 'node:crypto'
import { type ConnectionOptions, Queue, Worker } from 'bullmq'
import type { ArchiveJob, FlushJob, SweepJob } from '../protocol/jobs.js'
import { ARCHIVE_QUEUE, FLUSH_QUEUE, type JobQueueName, SWEEP_QUEUE } from '../protocol/jobs.js'
import { comeBack, connectClusterQueues } from './redis.js'

export interface QueueOptions {
  redisUrl: string
  /** In front of every key; the queues' own prefix adds a hash tag, as one queue must be one cluster slot. */
  prefix: string
}

/**
 * A worker that dies loses its job's lock after lockMs, and the job is given to another one at the next
 * check for stalled jobs. Jobs are idempotent, so a short lock costs at most work done twice.
 */
const LOCK_MS = 6_000
const STALLED_CHECK_MS = 2_000

/** With a hash tag, since a queue's scripts touch several of its keys. In a cluster each queue has its own, and so its own node. */
export const queuePrefix = (prefix: string, queue: JobQueueName, inCluster: boolean) =>
  inCluster ? `{${prefix}jobs-${queue}}` : `{${prefix}jobs}`

/** What the gateways ask of the workers. A request that fails is nobody's loss: the sweep finds the work. */
export interface JobRequests {
  flush(shard: number): Promise<void>
  /** @param traceparent of the trace that it belongs to */
  archive(sessionId: string, traceparent?: string): Promise<void>
  close(): Promise<void>
}

export function openJobRequests(options: QueueOptions): JobRequests {
  const flush = openQueue<FlushJob>(FLUSH_QUEUE, options)
  const archive = openQueue<ArchiveJob>(ARCHIVE_QUEUE, options)
  return {
    flush: async (shard) => {
      // keepLastIfActive: a request that comes while the job runs starts another one after it, so that no batch
      // appended behind the job's back waits for the sweep.
      await flush.queue.add(
        'flush',
        { shard },
        { deduplication: { id: `s${shard}`, keepLastIfActive: true } },
      )
    },
    archive: async (sessionId, traceparent) => {
      // Redis keeps nothing of a job that is over that says whose it was: the session may have been erased [R14].
      const id = createHash('sha256').update(sessionId).digest('hex')
      await archive.queue.add(
        'archive',
        { sessionId, ...(traceparent === undefined ? {} : { traceparent }) },
        { deduplication: { id, keepLastIfActive: true }, removeOnFail: true },
      )
    },
    close: async () => {
      await Promise.all([flush.close(), archive.close()])
    },
  }
}

export interface SweepSchedule {
  stop(): Promise<void>
}

const SCHEDULE_CHECK_MS = 2_000

/**
 * Keeps the schedule of the sweep in Redis. The schedule is what puts everything else back, so every worker
 * looks after it: a Redis that came back empty gets it again.
 */
export async function keepSweepScheduled(
  options: QueueOptions,
  everyMs: Record<SweepJob['task'], number>,
  onError: (error: Error) => void,
): Promise<SweepSchedule> {
  const { queue, close } = openQueue<SweepJob>(SWEEP_QUEUE, options)
  const put = (task: SweepJob['task']) =>
    queue.upsertJobScheduler(task, { every: everyMs[task] }, { name: task, data: { task } })
  const putMissing = async () => {
    for (const task of SWEEP_TASKS) if ((await queue.getJobScheduler(task)) === undefined) await put(task)
  }
  await queue.waitUntilReady()
  // A full Redis refuses it, and then a worker is needed more than ever.
  for (const task of SWEEP_TASKS) await put(task).catch(onError)
  const timer = setInterval(() => putMissing().catch(onError), SCHEDULE_CHECK_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await close()
    },
  }
}

const SWEEP_TASKS = ['flush-due', 'upkeep', 'retention'] as const

export interface JobWorker {
  /** Takes no new job and waits for the running ones. */
  close(): Promise<void>
}

export function startJobWorker(
  name: JobQueueName,
  options: QueueOptions & { concurrency: number; onError: (error: Error) => void },
  run: (data: unknown) => Promise<unknown>,
): JobWorker {
  const { connection, inCluster, disconnect } = connect(options.redisUrl)
  const worker = new Worker(name, async (job) => run(job.data).catch(rethrowNameless), {
    connection,
    prefix: queuePrefix(options.prefix, name, inCluster),
    concurrency: options.concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    // A job that was killed with its worker is no bad job, however often it happens.
    maxStalledCount: 1_000_000,
  })
  worker.on('error', options.onError)
  worker.on('failed', (_job, error) => options.onError(error))
  return {
    close: async () => {
      await worker.close()
      disconnect()
    },
  }
}

/** BullMQ writes an error's message into Redis, and messages may name sessions: the code is enough there. */
function rethrowNameless(error: unknown): never {
  const {
    name = 'Error',
    code = 'INTERNAL',
    stack,
  } = error as { name?: string; code?: unknown; stack?: string }
  const at = (stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
  throw Object.assign(new Error(String(code)), { name, code, stack: [String(code), ...at].join('\n') })
}

/** A queue with a connection of its own. */
interface OpenQueue<Data> {
  queue: Queue<Data>
  close(): Promise<void>
}

function openQueue<Data>(name: JobQueueName, options: QueueOptions): OpenQueue<Data> {
  // Without the offline queue an add fails at once while Redis is away instead of hanging.
  const { connection, inCluster, disconnect } = connect(options.redisUrl, { enableOfflineQueue: false })
  const queue = new Queue<Data>(name, {
    connection,
    prefix: queuePrefix(options.prefix, name, inCluster),
    defaultJobOptions: { removeOnComplete: true, removeOnFail: 1000 },
  })
  queue.on('error', () => {})
  return {
    queue: queue as Queue<Data>,
    close: async () => {
      await queue.close()
      disconnect()
    },
  }
}

/** BullMQ makes and closes its connections to a single Redis by itself; a cluster's client is made for it and closed after it. */
function connect(url: string, options: { enableOfflineQueue?: boolean } = {}) {
  const cluster = connectClusterQueues(url, options)
  const alone = { url, maxRetriesPerRequest: null, ...comeBack, ...options }
  return {
    connection: (cluster ?? alone) as unknown as ConnectionOptions,
    inCluster: cluster !== null,
    disconnect: () => cluster?.disconnect(),
  }
}
