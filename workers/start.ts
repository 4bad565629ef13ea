import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { Counter, Registry } from 'prom-client'
import { openArchive } from '../db/archive/open-archive.js'
import { Recordings } from '../db/archive/recordings.js'
import { EventBuffer } from '../db/buffer/event-buffer.js'
import { openDatabase } from '../db/connect.js'
import { readSigningKeys } from '../db/integrity/keys.js'
import { keepSweepScheduled, openJobRequests, startJobWorker } from '../db/queues.js'
import { connectRedis, redisReady } from '../db/redis.js'
import {
  ARCHIVE_QUEUE,
  archiveJobSchema,
  FLUSH_QUEUE,
  flushJobSchema,
  SWEEP_QUEUE,
  sweepJobSchema,
} from '../protocol/jobs.js'
import { analyseOutdated } from './archive/analyse-outdated.js'
import { type ArchiveContext, archiveSession } from './archive/archive-session.js'
import { flushShard } from './flush/flush-shard.js'
import { type RetentionContext, retention } from './retention/retention.js'
import type { WorkerSettings } from './settings.js'
import { type UpkeepContext, upkeep } from './sweep/upkeep.js'

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
  const queueOptions = { redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX }
  const { signer } = readSigningKeys(settings.SIGNING_KEY_FILE)
  const redis = connectRedis(settings.REDIS_URL, 'worker')
  await redisReady(redis, START_TIMEOUT_MS).catch(() => {
    throw new Error(`REDIS_URL names a Redis that did not answer within ${START_TIMEOUT_MS / 1000} s`)
  })
  const db = openDatabase({ url: settings.DATABASE_URL, applicationName: 'recorder-worker' })
  const archive = openArchive(settings.ARCHIVE_URL)
  const buffer = new EventBuffer({
    redis,
    prefix: settings.REDIS_PREFIX,
    shards: settings.SHARDS,
    dueAfterMs: settings.FLUSH_DUE_MS,
    dueEvents: settings.FLUSH_DUE_EVENTS,
  })
  const jobs = openJobRequests(queueOptions)
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
    onArchiveDue: (sessionId) => jobs.archive(sessionId).catch(() => {}),
    onCommitted: (events) => metrics.committed.inc(events),
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

  const workers = [
    startJobWorker(
      FLUSH_QUEUE,
      { ...queueOptions, concurrency: settings.FLUSH_CONCURRENCY, onError },
      (data) => flushShard(context, flushJobSchema.parse(data).shard, stopping.signal),
    ),
    startJobWorker(
      ARCHIVE_QUEUE,
      { ...queueOptions, concurrency: settings.ARCHIVE_CONCURRENCY, onError },
      (data) => archiveSession(archiving, archiveJobSchema.parse(data).sessionId),
    ),
    startJobWorker(SWEEP_QUEUE, { ...queueOptions, concurrency: 3, onError }, async (data) => {
      const { task } = sweepJobSchema.parse(data)
      if (task === 'upkeep') {
        await upkeep(context)
        return analyseOutdated(archiving)
      }
      if (task === 'retention') return retention(retaining, stopping.signal)
      for (const shard of await buffer.dueShards(Date.now())) await jobs.flush(shard)
    }),
  ]
  const health = await serveHealth(settings.WORKER_PORT, metrics.registry, async () => {
    await redis.ping()
    await db.sql`select 1`
  })

  return {
    port: health.port,
    stop: async () => {
      // A flush ends after its round; what is left stays due and any other worker takes it.
      stopping.abort()
      await schedule.stop()
      await Promise.all(workers.map((worker) => worker.close()))
      await jobs.close()
      await health.close()
      await db.close()
      await archive.close()
      redis.disconnect()
    },
  }
}

function makeMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
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
  }
}

async function serveHealth(port: number, registry: Registry, check: () => Promise<void>) {
  const server = createServer((request, response) => {
    const answer = async (): Promise<[number, string]> => {
      if (request.url === '/healthz') return [200, 'ok']
      if (request.url === '/metrics') return [200, await registry.metrics()]
      if (request.url !== '/readyz') return [404, 'not found']
      return check().then(
        () => [200, 'ready'],
        () => [503, 'a store is away'],
      )
    }
    answer().then(
      ([status, text]) =>
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => server.close(() => resolve()) && server.closeAllConnections()),
  }
}
