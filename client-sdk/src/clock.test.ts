import fc from 'fast-check'
import { expect, test } from 'vitest'
import { betterEstimate, type ClockEstimate, fromMessage, fromPing } from './clock.js'

const estimateAfter = (samples: ClockEstimate[]) =>
  samples.reduce<ClockEstimate | null>(
    (known, sample) => betterEstimate(known, sample),
    null,
  ) as ClockEstimate

test('on a link of 50 ms that is uneven both ways, server time is known to within ±50 ms', () => {
  const offsetMs = 1_234_567
  const delay = fc.integer({ min: 5, max: 50 })
  fc.assert(
    fc.property(fc.array(fc.tuple(delay, delay), { minLength: 1 }), (delays) => {
      let nowMs = 0
      const samples = delays.map(([there, back]) => {
        nowMs += 1000
        return fromPing(nowMs, nowMs + there + back, nowMs + there + offsetMs)
      })
      expect(Math.abs(estimateAfter(samples).offsetMs - offsetMs)).toBeLessThanOrEqual(50)
    }),
  )
})

test('the sample with the shortest round trip counts', () => {
  const short = fromPing(0, 4, 1002)
  const long = fromPing(100, 400, 1300)
  expect(estimateAfter([long, short])).toBe(short)
  expect(estimateAfter([short, long])).toBe(short)
})

test('a welcome counts until a ping knows better', () => {
  const welcome = fromMessage(0, 100, 1060)
  expect(welcome.offsetMs).toBe(960)
  expect(estimateAfter([welcome, fromPing(100, 180, 1140)]).offsetMs).toBe(1000)
})

test('after a sleep the new sample counts, however inexact', () => {
  const before = fromPing(0, 2, 1001)
  const after = fromPing(10_000, 10_400, 3_600_000)
  expect(estimateAfter([before, after])).toBe(after)
})

test('an old estimate gives way to a fresh one that is nearly as good', () => {
  const old = fromPing(0, 4, 1002)
  const fresh = fromPing(600_000, 600_010, 601_005)
  expect(estimateAfter([old, fresh])).toBe(fresh)
})
