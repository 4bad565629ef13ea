import { describe, expect, test } from 'vitest'
import type { LagScenario } from './scenario.js'
import { SCHEDULE } from './schedule.js'
import { simulateLag } from './simulate-lag.js'

/** Bursts and pauses; what a flush takes is small beside what it waits for. */
const light: LagScenario = {
  interviews: 200,
  eventsPerSec: 1.5,
  workers: 2,
  postgresCores: 2,
  gapsMs: [5_000, 100, 100, 200, 150, 2_000, 120, 80, 300, 90],
  schedule: SCHEDULE,
  times: { workerMs: (sessions) => sessions, postgresMs: () => 1, waitMs: 20, bytesPerEvent: 200 },
  seconds: 60,
  seed: 1,
}

describe('the simulated flush', () => {
  test('has the same result for the same seed, and another for another', () => {
    const result = simulateLag(light)
    expect(simulateLag(light)).toEqual(result)
    expect(simulateLag({ ...light, seed: 2 })).not.toEqual(result)
  })

  test('commits what comes: nobody waits longer than the schedule has it', () => {
    const { events, p50Ms, maxMs, backlogPerSec, workerBusy } = simulateLag(light)
    expect(Math.abs(events / 60 - 300)).toBeLessThan(30)
    expect(p50Ms).toBeGreaterThan(3_000)
    expect(p50Ms).toBeLessThan(8_000)
    expect(maxMs).toBeGreaterThan(10_000)
    expect(maxMs).toBeLessThan(11_500)
    expect(Math.abs(backlogPerSec)).toBeLessThan(10)
    // 200 sessions, each some eleven seconds, 1 ms each, on two workers.
    expect(workerBusy).toBeGreaterThan(0.005)
    expect(workerBusy).toBeLessThan(0.02)
  })

  test('is due sooner where it is told so', () => {
    const quick = simulateLag({ ...light, schedule: { ...SCHEDULE, dueAfterMs: 2_000 } })
    expect(quick.maxMs).toBeLessThan(3_500)
  })

  const heavy: LagScenario = {
    ...light,
    interviews: 2_000,
    times: { ...light.times, workerMs: (sessions) => sessions * 8 },
  }

  test('keeps up with enough workers, and falls behind with too few', () => {
    const enough = simulateLag({ ...heavy, workers: 4 })
    const few = simulateLag({ ...heavy, workers: 1 })
    expect(enough.workerBusy).toBeLessThan(0.7)
    expect(Math.abs(enough.backlogPerSec)).toBeLessThan(60)
    expect(few.workerBusy).toBeGreaterThan(0.99)
    // Events that wait for a worker share their transaction with more of their session, so it is not for ever.
    expect(few.p99Ms).toBeGreaterThan(enough.p99Ms + 2_000)
  })

  test('is as slow as PostgreSQL where that is too small', () => {
    const slow = { ...light, times: { ...light.times, postgresMs: (sessions: number) => sessions * 150 } }
    expect(simulateLag(slow).postgresBusy).toBeGreaterThan(0.95)
    expect(simulateLag({ ...slow, postgresCores: 16 }).postgresBusy).toBeLessThan(0.3)
  })

  test('one shard is drained by one job at a time, however many workers there are', () => {
    const oneShard = { ...heavy, workers: 8, schedule: { ...SCHEDULE, shards: 1 } }
    expect(simulateLag(oneShard).p99Ms).toBeGreaterThan(simulateLag({ ...heavy, workers: 8 }).p99Ms + 2_000)
  })

  test('a worker that dies holds up its shards until the lock is over, and loses nothing', () => {
    const whole = simulateLag({ ...heavy, workers: 4 })
    const broken = simulateLag({ ...heavy, workers: 4, failure: { kind: 'worker', downMs: 20_000 } })
    expect(broken.events).toBe(whole.events)
    expect(broken.maxMs).toBeGreaterThan(whole.maxMs + 1_000)
    expect(broken.maxMs).toBeLessThan(whole.maxMs + SCHEDULE.lockMs + SCHEDULE.stalledCheckMs + 3_000)
  })

  test('with the only worker gone everything waits until it is back', () => {
    const gone = simulateLag({ ...light, workers: 1, failure: { kind: 'worker', downMs: 15_000 } })
    expect(gone.maxMs).toBeGreaterThan(15_000)
  })

  test('a master that fails holds up what its shards had received, and no other', () => {
    const failure = { kind: 'master' as const, downMs: 15_000, masters: 4 }
    const { p50Ms, maxMs } = simulateLag({ ...light, failure })
    const whole = simulateLag(light)
    expect(maxMs).toBeGreaterThan(whole.maxMs + 4_000)
    expect(maxMs).toBeLessThan(whole.maxMs + 17_000)
    expect(Math.abs(p50Ms - whole.p50Ms)).toBeLessThan(1_500)
  })
})
