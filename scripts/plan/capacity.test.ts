import { describe, expect, test } from 'vitest'
import { CONNECTIONS_PER_PROCESS, capacityPlan, INFLATE_US_PER_EVENT, type PartPlan } from './capacity.js'
import type { Costs } from './costs.js'
import { USUAL } from './sizing.js'

/** Round figures, so that what comes of them can be worked out by hand. */
const costs: Costs = {
  measuredAt: '2026-01-01',
  machine: { cpu: '1 × test', memoryGb: 1, node: 'v20', load: [0] },
  server: {
    quietShare: 0,
    cpuUsPerEvent: 185,
    cpuUsPerConnectionSec: 100,
    cpuUsPerWatcherSec: 200,
    cpuUsPerEventShown: 100,
    bytes: 100e6,
    bytesPerConnection: 20e3,
    bytesPerWatcher: 50e3,
  },
  worker: {
    quietShare: 0,
    cpuUsPerRound: 1_000,
    cpuUsPerSessionFlush: 500,
    cpuUsPerEvent: 10,
    cpuMsPerClose: 40,
    cpuUsPerClosedEvent: 100,
    bytes: 100e6,
    bytesPerClose: 50e6,
  },
  redis: {
    quietShare: 0,
    cpuUsPerEvent: 50,
    cpuUsPerConnectionSec: 10,
    bytesPerSession: 500,
    bytesPerEvent: 200,
  },
  postgres: {
    quietShare: 0,
    cpuUsPerRound: 1_000,
    cpuUsPerSessionFlush: 300,
    cpuUsPerEvent: 10,
    cpuMsPerClose: 8,
    cpuUsPerClosedEvent: 10,
    transactionMs: 20,
    walBytesPerEvent: 300,
    walBytesPerClosedEvent: 0,
    bytesPerEvent: 400,
  },
  archive: { bytesPerEvent: 30, objectsPerSession: 6 },
  lag: [
    {
      candidates: 50,
      watchers: 0,
      eventsPerSec: 50,
      p50Ms: 6_000,
      p99Ms: 10_500,
      maxMs: 11_000,
      rounds: 90,
      sessionFlushes: 90,
      seconds: 20,
      cpuUsPerEvent: { server: 200, worker: 60, redis: 50, postgres: 40 },
    },
  ],
}
/** An event each second. */
const gapsMs = Array(1_100).fill(1_000)

const planFor = (interviews: number, more: Partial<typeof USUAL> = {}) =>
  capacityPlan({ ...USUAL, watchers: 0.1, interviews, ...more }, costs, gapsMs)
const partOf = (plan: ReturnType<typeof planFor>, name: PartPlan['part']) =>
  plan.parts.find(({ part }) => part === name) as PartPlan

describe('a plan', () => {
  test('adds up what each thing costs', () => {
    const plan = planFor(10_000)
    // 10,000 × (185 + 15 for an event, 100 for the connection) + 1,000 watchers × (200 + 100)
    expect(INFLATE_US_PER_EVENT).toBe(15)
    expect(partOf(plan, 'servers').cores).toBeCloseTo(3.3)
    // 3.3 at 60 %, and one more.
    expect(partOf(plan, 'servers').units).toBe(7)
    expect(partOf(plan, 'Redis masters')).toMatchObject({ cores: 0.6, units: 1 })
    // In one hour 10,000 closes of 5,400 events: 40 ms and 540 ms each.
    expect(partOf(plan, 'workers, archives').cores).toBeCloseTo((10_000 / 3_600) * 0.58)
    expect(plan.flush.eventsPerFlush).toBe(11)
    expect(plan.postgres.walMbPerSec).toBeCloseTo(3)
    expect(plan.postgres.bytesPerDay).toBe(10_000 * 5_400 * 400)
    expect(plan.archive).toMatchObject({ bytesPerDay: 10_000 * 5_400 * 30, requestsPerDay: 140_000 })
    const processes = ['servers', 'workers, flush', 'workers, archives'].map(
      (name) => partOf(plan, name as PartPlan['part']).units,
    )
    const all = processes.reduce((sum, units) => sum + units, 0)
    expect(plan.postgres.connections).toBe(all * CONNECTIONS_PER_PROCESS)
  })

  test('of twice as many interviews needs twice the processors for all that comes by the event', () => {
    const [one, two] = [planFor(10_000), planFor(20_000)]
    for (const name of ['servers', 'Redis masters', 'workers, archives'] as const) {
      expect(partOf(two, name).cores).toBeCloseTo(2 * partOf(one, name).cores)
      expect(partOf(two, name).interviewsPerUnit).toBe(partOf(one, name).interviewsPerUnit)
    }
    // A transaction has more sessions then, so the flush takes a little less than twice.
    expect(partOf(two, 'workers, flush').cores).toBeLessThanOrEqual(2 * partOf(one, 'workers, flush').cores)
  })

  test('keeps processors as busy as they may be', () => {
    expect(partOf(planFor(50_000, { busy: 0.3 }), 'Redis masters').units).toBe(10)
    expect(partOf(planFor(50_000, { busy: 1 }), 'Redis masters').units).toBe(3)
  })

  test('has more shards where one would be busy for too long, and none more where not', () => {
    expect(planFor(100).shards).toBe(16)
    const large = planFor(200_000)
    expect(large.shards).toBeGreaterThan(16)
    expect(large.flush.shardBusy).toBeLessThanOrEqual(0.3)
    expect(large.shards).toBeGreaterThanOrEqual(4 * partOf(large, 'Redis masters').units)
  })

  test('says what is full first, and how many systems that makes', () => {
    const byProcessors = planFor(100_000, { postgresCores: 1 })
    expect(byProcessors.postgres.limit).toBe('processors')
    expect(byProcessors.postgres.databases).toBeGreaterThan(1)
    const byLog = planFor(100_000, { postgresCores: 1_000, walMbPerSec: 10 })
    // 300 bytes an event, 60 % of 10 MB/s.
    expect(byLog.postgres).toMatchObject({ limit: 'write-ahead log', mostInterviews: 20_000, databases: 5 })
    expect(planFor(100, { postgresCores: 16 }).postgres.databases).toBe(1)
  })

  test('names the same limit whatever is planned', () => {
    const [small, large] = [planFor(100), planFor(1_000_000)]
    expect(small.postgres.mostInterviews).toBe(large.postgres.mostInterviews)
  })
})
