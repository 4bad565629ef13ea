import { fitCosts } from './fit.mjs'

/** @typedef {import('./meters.mjs').Part} Part */
/** @typedef {import('../../scripts/plan/costs.js').Costs} Costs */

/**
 * What each thing costs, of what was measured. Times are processor time.
 * @param {import('../costs.mjs').Measured} measured
 * @returns {Omit<Costs, 'measuredAt' | 'machine'>}
 */
export function costsOf(measured) {
  const {
    candidates,
    watchers,
    quiet,
    idle,
    idleWatched,
    memory,
    buffered,
    loads,
    again,
    imported,
    watchedLoad,
    tables,
    closes,
  } = measured
  const share = (
    /** @type {{ cpuSec: Record<Part, number>, seconds: number }} */ reading,
    /** @type {Part} */ part,
  ) => reading.cpuSec[part] / reading.seconds
  /** Above what is done while all are connected and nobody plays, seconds. */
  const net = (
    /** @type {{ cpuSec: Record<Part, number>, seconds: number }} */ reading,
    /** @type {Part} */ part,
    base = idle,
  ) => Math.max(0, reading.cpuSec[part] - share(base, part) * reading.seconds)
  const perSecond = (/** @type {Part} */ part) =>
    us(Math.max(0, share(idle, part) - share(quiet, part)) / candidates)
  const largest = /** @type {typeof loads[number]} */ (loads.at(-1))
  const perEvent = (/** @type {Part} */ part) => us(net(largest, part) / largest.sent)

  /** A transaction, a session in it, an event in that. */
  const flush = (/** @type {Part} */ part) => {
    const all = [...loads, buffered, imported].map((load) => {
      const { rounds = 0, sessionFlushes = 0, events = 0 } = load.commits ?? {}
      return { counts: [rounds, sessionFlushes, events], cost: net(load, part) }
    })
    const [round = 0, session = 0, event = 0] = fitCosts(all)
    return { cpuUsPerRound: us(round), cpuUsPerSessionFlush: us(session), cpuUsPerEvent: us(event) }
  }
  /** A session's part, and each event's. */
  const close = (/** @type {Part} */ part) => {
    const [cpuSec, perEventSec] = fitCosts(
      [closes.short, closes.long].map((one) => ({
        counts: [one.sessions, one.events],
        cost: net(one, part, quiet),
      })),
    )
    return { cpuMsPerClose: us(cpuSec ?? 0) / 1000, cpuUsPerClosedEvent: us(perEventSec ?? 0) }
  }
  const perWatcher = Math.max(0, share(idleWatched, 'server') - share(idle, 'server')) / watchers
  // Before and after, since what else the machine does changes what an event takes.
  const withoutWatchers = (net(largest, 'server') + net(again, 'server')) / (largest.sent + again.sent)
  const unwatched = withoutWatchers * watchedLoad.sent
  const forWatchers = net(watchedLoad, 'server', idleWatched) - unwatched
  return rounded({
    server: {
      quietShare: share(quiet, 'server'),
      cpuUsPerEvent: perEvent('server'),
      cpuUsPerConnectionSec: perSecond('server'),
      cpuUsPerWatcherSec: us(perWatcher),
      cpuUsPerEventShown: Math.max(0, us(forWatchers / watchedLoad.shown)),
      bytes: memory.alone,
      bytesPerConnection: (memory.connected - memory.alone) / candidates,
      bytesPerWatcher: Math.max(0, memory.watcherBytes) / watchers,
    },
    worker: {
      quietShare: share(idle, 'worker'),
      ...flush('worker'),
      ...close('worker'),
      bytes: memory.worker,
      bytesPerClose: closes.extraBytes,
    },
    redis: {
      quietShare: share(quiet, 'redis'),
      cpuUsPerEvent: perEvent('redis'),
      cpuUsPerConnectionSec: perSecond('redis'),
      bytesPerSession: measured.sessionBytes / candidates,
      bytesPerEvent: buffered.redisBytes / buffered.sent,
    },
    postgres: {
      quietShare: share(idle, 'postgres'),
      ...flush('postgres'),
      ...close('postgres'),
      transactionMs: loads[0]?.commits?.transactionMs ?? 0,
      walBytesPerEvent: largest.walBytes / largest.sent,
      walBytesPerClosedEvent: closes.walBytes / closes.long.events,
      bytesPerEvent: tables.bytes / tables.events,
    },
    archive: {
      bytesPerEvent: closes.archiveBytes / closes.long.events,
      objectsPerSession: closes.objects,
    },
    lag: [...loads, { ...watchedLoad, watchers }].map((load) => ({
      candidates: load.candidates,
      watchers: 'watchers' in load ? load.watchers : 0,
      eventsPerSec: load.sent / load.seconds,
      ...(load.commits?.lag ?? { p50Ms: 0, p99Ms: 0, maxMs: 0 }),
      rounds: load.commits?.rounds ?? 0,
      sessionFlushes: load.commits?.sessionFlushes ?? 0,
      seconds: load.seconds,
      cpuUsPerEvent: {
        server: us(net(load, 'server') / load.sent),
        worker: us(net(load, 'worker') / load.sent),
        redis: us(net(load, 'redis') / load.sent),
        postgres: us(net(load, 'postgres') / load.sent),
      },
    })),
  })
}

const us = (/** @type {number} */ seconds) => seconds * 1e6

/** To three digits: what was measured is not known better. @template T @returns {T} */
function rounded(/** @type {T} */ value) {
  if (typeof value === 'number') return /** @type {T} */ (Number(value.toPrecision(3)))
  if (Array.isArray(value)) return /** @type {T} */ (value.map(rounded))
  if (typeof value !== 'object' || value === null) return value
  return /** @type {T} */ (Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)])))
}
