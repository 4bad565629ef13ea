import type { Logger } from 'pino'
import { openArchive } from '../db/archive/open-archive.js'
import { Recordings } from '../db/archive/recordings.js'
import { EventBuffer } from '../db/buffer/event-buffer.js'
import { TraceNotes } from '../db/buffer/trace-notes.js'
import { openDatabase } from '../db/connect.js'
import { readSigningKeys } from '../db/integrity/keys.js'
import { openQueueDepths } from '../db/queue-depths.js'
import { keepSweepScheduled, openJobRequests, startJobWorker } from '../db/queues.js'
import { connectRedis, redisReady } from '../db/redis.js'
import { openTracing } from '../db/tracing/tracing.js'
import { storeNotes, watchStores } from '../db/watch-stores.js'
import {
  ARCHIVE_QUEUE,
  archiveJobSchema,
  FLUSH_QUEUE,
  flushJobSchema,
  SWEEP_QUEUE,
  sweepJobSchema,
} from '../protocol/jobs.js'
import { allEnded } from './all-ended.js'
import { outdatedAnalyses } from './archive/analyse-outdated.js'
import { type ArchiveContext, archiveSession } from './archive/archive-session.js'
import { tracedArchive } from './archive/traced-archive.js'
import { lookUpFigures } from './figures.js'
import { type DrainContext, startDraining } from './flush/drain-overdue.js'
import { flushShard } from './flush/flush-shard.js'
import { CommitTraces } from './flush/trace-commits.js'
import { serveHealth } from './health.js'
import { makeKeyframes } from './keyframes/make-keyframes.js'
import { makeMetrics } from './metrics.js'
import { oneAtATime } from './one-at-a-time.js'
import { type RetentionContext, retention } from './retention/retention.js'
import type { WorkerSettings } from './settings.js'
import { stopWorker } from './stop-worker.js'
import { type UpkeepContext, upkeep } from './sweep/upkeep.js'
import { yieldToServers } from './yield-to-servers.js'

export interface RunningWorker {
  /** Of /healthz, /readyz and /metrics. */
  port: number
  /** Ends what runs, hands the rest to others, closes the connections, in this order. */
  stop(): Promise<void>
}

/** Sweep of due sessions: how late the 10 s rule may be. */
const FLUSH_DUE_EVERY_MS = 1000
const START_TIMEOUT_MS = 30_000

/** Starts the worker process's work: flush, archive, sweep. */
export async function startWorker(settings: WorkerSettings, log: Logger): Promise<RunningWorker> {
  yieldToServers(settings.WORKER_NICE, (error) => {
    log.warn({ code: (error as NodeJS.ErrnoException).code }, 'the worker keeps its priority')
  })
  const queueOptions = { redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX }
  const { signer } = readSigningKeys(settings.SIGNING_KEY_FILE)
  const redis = connectRedis(settings.REDIS_URL, 'worker')
  await redisReady(redis, START_TIMEOUT_MS).catch(() => {
    throw new Error(`REDIS_URL names a Redis that did not answer within ${START_TIMEOUT_MS / 1000} s`)
  })
  const db = openDatabase({
    url: settings.DATABASE_URL,
    applicationName: 'recorder-worker',
    maxConnections: settings.DATABASE_CONNECTIONS,
  })
  const archive = openArchive(settings.ARCHIVE_URL)
  const buffer = new EventBuffer({
    redis,
    prefix: settings.REDIS_PREFIX,
    shards: settings.SHARDS,
    dueAfterMs: settings.FLUSH_DUE_MS,
    dueEvents: settings.FLUSH_DUE_EVENTS,
  })
  const jobs = openJobRequests(queueOptions)
  const tracing = await openTracing(settings, 'recorder-worker', log)
  const metrics = makeMetrics()
  const stopping = new AbortController()
  const context: UpkeepContext = {
    db,
    buffer,
    jobs,
    policy: { closeGraceMs: settings.CLOSE_GRACE_MS },
    clock: Date.now,
    abandonedAfterMs: settings.ABANDONED_AFTER_MS,
    gapAfterMs: settings.GAP_AFTER_MS,
    closesAtTimeUp: settings.CLOSE_AT_TIME_UP === 'on',
    onArchiveDue: (sessionId, traceparent) => jobs.archive(sessionId, traceparent).catch(() => {}),
    traces: tracing && new CommitTraces(tracing, new TraceNotes(redis, buffer.keys)),
    onCommitted: (events) => metrics.committed.inc(events),
    onUnreadable: (version) => {
      metrics.unreadable.inc()
      log.warn({ version }, 'a session waits for a worker that knows the format of its buffer')
    },
  }
  const onError = (error: Error) => {
    metrics.errors.inc()
    log.warn(
      { error: error.name, code: (error as { code?: unknown }).code },
      'a job failed and will be done again',
    )
  }
  const notMade = (error: unknown, what: string) => {
    metrics.errors.inc()
    const { name, code, stack } = error as { name?: string; code?: unknown; stack?: string }
    // Without the first line of the stack, which repeats a message that may hold what was typed.
    log.warn({ error: name, code, at: stack?.split('\n').slice(1, 6) }, what)
  }
  const recordings = new Recordings(archive)
  const retaining: RetentionContext = {
    db,
    buffer,
    recordings,
    clock: Date.now,
    closeGraceMs: settings.CLOSE_GRACE_MS,
    retainRowsMs: settings.RETAIN_ROWS_MS,
    retainLastEvents: settings.RETAIN_LAST_EVENTS,
    retainArchiveMs: settings.RETAIN_ARCHIVE_MS,
    retentionEveryMs: settings.RETENTION_EVERY_MS,
    onPurged: (events) => metrics.purged.inc(events),
  }
  const archiving: ArchiveContext = {
    db,
    archive,
    stores: { db, buffer, recordings },
    signer,
    onAnalysisFailed: (error) => notMade(error, 'statistics of a session could not be computed'),
    onKeyframesFailed: (error) => notMade(error, 'keyframes of a session could not be made'),
  }
  const schedule = await keepSweepScheduled(
    queueOptions,
    {
      'flush-due': FLUSH_DUE_EVERY_MS,
      upkeep: settings.SWEEP_EVERY_MS,
      retention: settings.RETENTION_EVERY_MS,
    },
    onError,
  )

  let lastJobAtMs = Date.now()
  const job = <T>(work: (data: unknown) => Promise<T>) => {
    return (data: unknown) => {
      lastJobAtMs = Date.now()
      return work(data)
    }
  }
  // Each by itself: while keyframes or analyses take long, the next upkeep finds them under way and is done beside them.
  const rounds = [
    oneAtATime(() => upkeep(context)),
    oneAtATime(() => makeKeyframes(archiving)),
    oneAtATime(outdatedAnalyses(archiving)),
  ]
  const tasks = {
    upkeep: () => allEnded(rounds.map((round) => round())),
    retention: oneAtATime(() => retention(retaining, stopping.signal)),
  }
  const jobWorkers = [
    startJobWorker(
      FLUSH_QUEUE,
      { ...queueOptions, concurrency: settings.FLUSH_CONCURRENCY, onError },
      job((data) => flushShard(context, flushJobSchema.parse(data).shard, stopping.signal)),
    ),
    startJobWorker(
      ARCHIVE_QUEUE,
      { ...queueOptions, concurrency: settings.ARCHIVE_CONCURRENCY, onError },
      job((data) => {
        const { sessionId, traceparent } = archiveJobSchema.parse(data)
        const work = () => archiveSession(archiving, sessionId)
        return tracing === null ? work() : tracedArchive(tracing, { sessionId, traceparent }, work)
      }),
    ),
    startJobWorker(
      SWEEP_QUEUE,
      // One more than there is work that may take long, each in a job of its own at worst: the rounds and retention.
      { ...queueOptions, concurrency: rounds.length + 2, onError },
      job(async (data) => {
        const { task } = sweepJobSchema.parse(data)
        if (task !== 'flush-due') return tasks[task]()
        for (const shard of await buffer.schedules.dueShards(Date.now())) await jobs.flush(shard)
      }),
    ),
  ]
  const draining: DrainContext = {
    ...context,
    lastJobAtMs: () => lastJobAtMs,
    onDrained: () => metrics.withoutQueue.inc(),
  }
  const drainer = startDraining(draining, stopping.signal, onError)
  const storeWatch = watchStores({ redis, db, buffer }, storeNotes(log, metrics))
  const depths = openQueueDepths(redis, settings.REDIS_PREFIX)
  const health = await serveHealth(settings.WORKER_HOST, settings.WORKER_PORT, {
    metrics: async () => {
      await lookUpFigures({ ...context, depths }, metrics)
      return metrics.registry.metrics()
    },
    whyNotReady: async () => {
      if (stopping.signal.aborted) return 'stopping'
      return storeWatch.check().then(
        () => null,
        () => 'a store is away',
      )
    },
  })

  return {
    port: health.port,
    stop: () =>
      stopWorker({
        unready: () => stopping.abort(),
        endRounds: () => {
          drainer.stop()
          storeWatch.stop()
        },
        jobWorkers,
        closeQueues: () => Promise.all([schedule.stop(), jobs.close(), depths.close()]),
        closeStores: async () => {
          await health.close()
          await db.close()
          await archive.close()
          await tracing?.stop()
          redis.disconnect()
        },
      }),
  }
}
