import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flushRhythm } from './flush-rhythm.js'
import { LagHistogram } from './histogram.js'
import { randomOf } from './random.js'
import { rhythmAt } from './rhythm.js'
import { SCHEDULE } from './schedule.js'
import { Sessions } from './sessions.js'
import { TimeHeap } from './time-heap.js'

test('what is to happen comes by its time, and in the order it was put in at the same time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (times) => {
      const heap = new TimeHeap<[number, number]>()
      for (const [i, at] of times.entries()) heap.push(at, [at, i])
      const sorted = times
        .map((at, i) => [at, i] as [number, number])
        .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      expect(times.map(() => heap.pop())).toEqual(sorted)
      expect(heap.pop()).toBeUndefined()
      expect(heap.nextMs).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})

test('a histogram knows percentiles to its step, and the longest exactly', () => {
  const lags = new LagHistogram()
  for (let ms = 1; ms <= 1_000; ms++) lags.add(ms)
  expect(lags.total).toBe(1_000)
  expect(Math.abs(lags.percentileMs(0.5) - 500)).toBeLessThanOrEqual(10)
  expect(Math.abs(lags.percentileMs(0.99) - 990)).toBeLessThanOrEqual(10)
  expect(lags.maxMs).toBe(1_000)
  expect(new LagHistogram().percentileMs(0.99)).toBe(0)
})

test('a seed has its numbers, between 0 and 1 and spread evenly', () => {
  const [one, same, other] = [randomOf(7), randomOf(7), randomOf(8)]
  const numbers = Array.from({ length: 10_000 }, one)
  expect(Array.from({ length: 10_000 }, same)).toEqual(numbers)
  expect(other()).not.toBe(numbers[0])
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true)
  expect(Math.abs(numbers.reduce((sum, n) => sum + n, 0) / 10_000 - 0.5)).toBeLessThan(0.02)
})

test('at another pace pauses keep their proportions', () => {
  const gaps = rhythmAt([100, 300, 800], 5)
  expect([...gaps]).toEqual([50, 150, 400])
})

describe('how often a session is flushed', () => {
  const schedule = { ...SCHEDULE, dueAfterMs: 10_000, dueEvents: 100, sweepEveryMs: 1_000 }

  test('by time: one event a second finds eleven events each eleven seconds', () => {
    const { flushesPerSec, eventsPerFlush } = flushRhythm(Array(1_100).fill(1_000), 1, schedule)
    expect(eventsPerFlush).toBe(11)
    expect(flushesPerSec).toBeCloseTo(1 / 11)
  })

  test('by number: fifty events a second are flushed by the hundred', () => {
    expect(flushRhythm(Array(1_000).fill(20), 50, schedule).eventsPerFlush).toBe(100)
  })

  test('bursts with long pauses are a flush each', () => {
    const burst = [60_000, 10, 10, 10]
    const gaps = Array.from({ length: 10 }, () => burst).flat()
    const { eventsPerFlush } = flushRhythm(gaps, 4_000 / 60_030, schedule)
    expect(eventsPerFlush).toBe(4)
  })
})

describe('sessions', () => {
  const steady = () => new Sessions({ count: 1, gaps: Float64Array.of(1_000), shards: 4, random: () => 0.25 })

  test('begin at a moment of the rhythm, and give each event once', () => {
    const sessions = steady()
    expect(sessions.take(0, 3_000)).toEqual([750, 1_750, 2_750])
    expect(sessions.take(0, 3_000)).toEqual([])
    expect(sessions.take(0, 4_000)).toEqual([3_750])
  })

  test('are due so long after the first event, or after now where it has come already', () => {
    const sessions = steady()
    expect(sessions.dueOf(0, 0, SCHEDULE)).toEqual({ shard: 1, dueMs: 10_750, isFull: false })
    expect(sessions.dueOf(0, 5_000, SCHEDULE)).toEqual({ shard: 1, dueMs: 15_000, isFull: false })
  })

  test('are due with so many events, before that', () => {
    expect(steady().dueOf(0, 0, { ...SCHEDULE, dueEvents: 4 })).toEqual({
      shard: 1,
      dueMs: 3_750,
      isFull: true,
    })
  })

  test('count what waits, and take what was put back once more', () => {
    const sessions = steady()
    const place = sessions.placeOf(0)
    expect(sessions.backlogAt(3_000)).toBe(3)
    expect(sessions.take(0, 3_000)).toHaveLength(3)
    expect(sessions.backlogAt(3_000)).toBe(0)
    sessions.putBack(0, place)
    expect(sessions.backlogAt(3_000)).toBe(3)
  })

  test('whose master is away are received when it is back', () => {
    const sessions = steady()
    sessions.away = { fromMs: 1_000, toMs: 3_000, isItsShard: (shard) => shard === 1 }
    expect(sessions.take(0, 2_999)).toEqual([750])
    expect(sessions.take(0, 4_000)).toEqual([3_000, 3_000, 3_750])
  })
})
