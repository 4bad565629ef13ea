import type { Costs } from './costs.js'
import { flushRhythm } from './lag/flush-rhythm.js'
import { flushTimes } from './lag/flush-times.js'
import { SCHEDULE } from './lag/schedule.js'

/** What is to be carried. */
export interface Demand {
  /** At the same time. */
  interviews: number
  eventsPerSec: number
  minutes: number
  /** Watchers for each interview, all the time. */
  watchers: number
  /** How often a day. */
  sittings: number
  /** From the end of a sitting, where all are closed at once, until the last archive is verified. */
  archiveMinutes: number
  /** How busy processors may be at most, from 0 to 1. */
  busy: number
  postgresCores: number
  /** What the disk of the write-ahead log keeps up with, MB/s. Not measured. */
  walMbPerSec: number
}

/** What one part needs. `per…` are how many interviews bring one unit to all that it has. */
export interface PartPlan {
  part: 'servers' | 'workers, flush' | 'workers, archives' | 'Redis masters' | 'PostgreSQL'
  /** Processors, busy all the time. */
  cores: number
  units: number
  /** Interviews that fill one unit. */
  interviewsPerUnit: number
  memoryBytes: number
}

export interface Plan {
  demand: Demand
  eventsPerSec: number
  parts: PartPlan[]
  shards: number
  flush: { eventsPerFlush: number; transactionsPerSec: number; shardBusy: number }
  redis: { sessionBytes: number; eventBytesPerSec: number }
  postgres: {
    connections: number
    walMbPerSec: number
    bytesPerDay: number
    /** Interviews at which processors or the log are as busy as they may be. */
    mostInterviews: number
    limit: 'processors' | 'write-ahead log'
    databases: number
  }
  archive: { bytesPerDay: number; requestsPerDay: number; requestsPerSec: number }
}

/** A browser compresses what it sends; the recorders of the bench don't (docs/decisions/compressed-by-browsers.md). */
export const INFLATE_US_PER_EVENT = 15
/** db/connect.ts: single statements, the query builder and transactions have so many each. */
export const CONNECTIONS_PER_PROCESS = 24
/** One that is stopped for an update, or dead. */
const SPARE = 1
/** A job is given out, begins and ends: a shard does nothing meanwhile. */
const MAX_SHARD_BUSY = 0.3
const MAX_SHARDS = 1024

/**
 * What some load needs, by the costs that were measured: each thing's cost times how often it happens. That costs don't change with
 * the size of the system is an assumption; docs/decisions/capacity-model.md has what is known of it.
 * @param gapsMs pauses of a recorded interview, which tell how many events a flush finds
 */
export function capacityPlan(demand: Demand, costs: Costs, gapsMs: readonly number[]): Plan {
  const { interviews, minutes, watchers, sittings, archiveMinutes, busy } = demand
  const { server, worker, redis, postgres, archive } = costs
  const eventsPerSec = interviews * demand.eventsPerSec
  const unitsOf = (cores: number) => Math.max(1, Math.ceil(cores / busy))

  const serverCores =
    (interviews * server.cpuUsPerConnectionSec +
      eventsPerSec * (server.cpuUsPerEvent + INFLATE_US_PER_EVENT) +
      interviews * watchers * (server.cpuUsPerWatcherSec + demand.eventsPerSec * server.cpuUsPerEventShown)) /
    1e6
  const servers = unitsOf(serverCores) + SPARE

  const { flushesPerSec, eventsPerFlush } = flushRhythm(gapsMs, demand.eventsPerSec, SCHEDULE)
  const flushes = interviews * flushesPerSec
  const closedEvents = demand.eventsPerSec * minutes * 60
  const closesPerSec = interviews / (archiveMinutes * 60)
  const archiveCores = (part: Costs['worker'] | Costs['postgres']) =>
    closesPerSec * (part.cpuMsPerClose / 1e3 + (closedEvents * part.cpuUsPerClosedEvent) / 1e6)
  const archivers = unitsOf(archiveCores(worker))

  const redisCores = (interviews * redis.cpuUsPerConnectionSec + eventsPerSec * redis.cpuUsPerEvent) / 1e6
  const masters = unitsOf(redisCores)

  let shards = SCHEDULE.shards
  let flush = flushWith(shards)
  while (
    shards < MAX_SHARDS &&
    (flush.shardBusy > MAX_SHARD_BUSY ||
      shards < 2 * SCHEDULE.flushConcurrency * unitsOf(flush.workerCores) ||
      shards < 4 * masters)
  ) {
    shards *= 2
    flush = flushWith(shards)
  }
  const flushers = unitsOf(flush.workerCores) + SPARE

  const postgresCores = flush.postgresCores + archiveCores(postgres)
  const walMbPerSec = (eventsPerSec * postgres.walBytesPerEvent) / 1e6
  const archiveWal = (closesPerSec * closedEvents * postgres.walBytesPerClosedEvent) / 1e6
  const byCores = (interviews * demand.postgresCores * busy) / postgresCores
  const byWal = (interviews * demand.walMbPerSec * busy) / (walMbPerSec + archiveWal)
  const mostInterviews = Math.floor(Math.min(byCores, byWal))

  const eventsPerDay = interviews * closedEvents * sittings
  /** Each object is put and read back; metadata.json is looked for before and after. */
  const requestsPerSession = 2 * archive.objectsPerSession + 2
  const processes = servers + flushers + archivers
  const part = (name: PartPlan['part'], cores: number, units: number, memoryBytes: number): PartPlan => ({
    part: name,
    cores,
    units,
    interviewsPerUnit: Math.floor(interviews / cores),
    memoryBytes,
  })
  const onEach = interviews / servers
  return {
    demand,
    eventsPerSec,
    parts: [
      part(
        'servers',
        serverCores,
        servers,
        server.bytes + onEach * (server.bytesPerConnection + watchers * server.bytesPerWatcher),
      ),
      part('workers, flush', flush.workerCores, flushers, worker.bytes),
      part('workers, archives', archiveCores(worker), archivers, worker.bytes + worker.bytesPerClose),
      part('Redis masters', redisCores, masters, redisBytes(interviews / masters)),
      {
        ...part('PostgreSQL', postgresCores, Math.ceil(interviews / mostInterviews), 0),
        interviewsPerUnit: Math.floor(mostInterviews / busy),
      },
    ],
    shards,
    flush: { eventsPerFlush, transactionsPerSec: flush.transactionsPerSec, shardBusy: flush.shardBusy },
    redis: { sessionBytes: redis.bytesPerSession, eventBytesPerSec: eventsPerSec * redis.bytesPerEvent },
    postgres: {
      connections: processes * CONNECTIONS_PER_PROCESS,
      walMbPerSec: walMbPerSec + archiveWal,
      bytesPerDay: eventsPerDay * postgres.bytesPerEvent,
      mostInterviews,
      limit: byCores < byWal ? 'processors' : 'write-ahead log',
      databases: Math.ceil(interviews / mostInterviews),
    },
    archive: {
      bytesPerDay: eventsPerDay * archive.bytesPerEvent,
      requestsPerDay: interviews * sittings * requestsPerSession,
      requestsPerSec: closesPerSec * requestsPerSession,
    },
  }

  /** Shards with due sessions are drained once a second, in transactions of so many sessions at most. */
  function flushWith(shardCount: number) {
    const perShard = flushes / shardCount
    const sessions = Math.min(SCHEDULE.maxSessions, Math.max(1, perShard))
    const transactionsPerSec = flushes / sessions
    const times = flushTimes(costs)
    const [workMs, databaseMs] = [
      times.workerMs(sessions, sessions * eventsPerFlush),
      times.postgresMs(sessions, sessions * eventsPerFlush),
    ]
    return {
      transactionsPerSec,
      workerCores: (transactionsPerSec * workMs) / 1e3,
      postgresCores: (transactionsPerSec * databaseMs) / 1e3,
      shardBusy: (transactionsPerSec * (workMs + databaseMs + times.waitMs)) / 1e3 / shardCount,
    }
  }

  /** Of one master, with what waits while a session is not due, and as much again. */
  function redisBytes(sessions: number): number {
    const waitingEvents = demand.eventsPerSec * (SCHEDULE.dueAfterMs / 1e3) * 2
    return sessions * (redis.bytesPerSession + waitingEvents * redis.bytesPerEvent)
  }
}
