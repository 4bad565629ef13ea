import { expect, test } from 'vitest'
import { TimeAxis } from './time-axis.js'
import { panBy, seenOf, zoomAround } from './zoom.js'

const axis = new TimeAxis(1000, 101_000)
const all = seenOf(axis, null)

test('what is under the pointer stays there', () => {
  const zoom = zoomAround(axis, all, 25_000, 0.5)
  expect(zoom).toEqual({ fromMs: 13_500, toMs: 63_500 })
  expect(zoomAround(axis, seenOf(axis, zoom), 25_000, 2)).toBeNull()
})

test('the closest view is ten seconds, the widest is everything', () => {
  const { fromMs, toMs } = zoomAround(axis, all, 50_000, 0.0001) ?? { fromMs: 0, toMs: 0 }
  expect(toMs - fromMs).toBeCloseTo(10_000)
  expect(zoomAround(axis, all, 0, 1.1)).toBeNull()
})

test('panning ends at the ends', () => {
  const seen = { from: 20_000, to: 40_000 }
  expect(panBy(axis, seen, 5000)).toEqual({ fromMs: 26_000, toMs: 46_000 })
  expect(panBy(axis, seen, -1e6)).toEqual({ fromMs: 1000, toMs: 21_000 })
  expect(panBy(axis, seen, 1e6)).toEqual({ fromMs: 81_000, toMs: 101_000 })
  expect(panBy(axis, all, 1e6)).toBeNull()
})
