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
/** DATABASE_CONNECTIONS, at most. */
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

  const rhythm = flushRhythm(gapsMs, demand.eventsPerSec, SCHEDULE)
  const closedEvents = demand.eventsPerSec * minutes * 60
  const closesPerSec = interviews / (archiveMinutes * 60)
  const archiveCores = (part: Costs['worker'] | Costs['postgres'], share = 1) =>
    share * closesPerSec * (part.cpuMsPerClose / 1e3 + (closedEvents * part.cpuUsPerClosedEvent) / 1e6)
  const archivers = unitsOf(archiveCores(worker))

  const redisCores = (interviews * redis.cpuUsPerConnectionSec + eventsPerSec * redis.cpuUsPerEvent) / 1e6
  const masters = unitsOf(redisCores)

  const { shards, ...flush } = flushOf(interviews)
  const flushers = unitsOf(flush.workerCores) + SPARE

  const postgresCores = flush.postgresCores + archiveCores(postgres)
  const walMbPerSec = (eventsPerSec * postgres.walBytesPerEvent) / 1e6
  const archiveWal = (closesPerSec * closedEvents * postgres.walBytesPerClosedEvent) / 1e6
  // With more interviews a transaction has more sessions, so that each takes less of PostgreSQL.
  const byCores = mostWith(
    (some) =>
      flushOf(some).postgresCores + archiveCores(postgres, some / interviews) <= demand.postgresCores * busy,
  )
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
    flush: {
      eventsPerFlush: rhythm.eventsPerFlush,
      transactionsPerSec: flush.transactionsPerSec,
      shardBusy: flush.shardBusy,
    },
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

  /** As many shards as keep each of them from being busy for long. */
  function flushOf(some: number) {
    for (let count = SCHEDULE.shards; ; count *= 2) {
      const flush = flushWith(some, count)
      const jobs = SCHEDULE.flushConcurrency * unitsOf(flush.workerCores)
      const itsMasters = unitsOf((redisCores * some) / interviews)
      const isEnough = flush.shardBusy <= MAX_SHARD_BUSY && count >= 2 * jobs && count >= 4 * itsMasters
      if (isEnough || count >= MAX_SHARDS) return { shards: count, ...flush }
    }
  }

  /** Shards with due sessions are drained once a second, in transactions of so many sessions at most. */
  function flushWith(some: number, shardCount: number) {
    const flushes = some * rhythm.flushesPerSec
    const sessions = Math.min(SCHEDULE.maxSessions, Math.max(1, flushes / shardCount))
    const transactionsPerSec = flushes / sessions
    const times = flushTimes(costs)
    const events = sessions * rhythm.eventsPerFlush
    const [workMs, databaseMs] = [times.workerMs(sessions, events), times.postgresMs(sessions, events)]
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

/** The most interviews, to some three digits, for which something holds. */
function mostWith(holds: (interviews: number) => boolean): number {
  let [low, high] = [1, 1e9]
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high)
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}
