import { expect, test } from 'vitest'
import { skipIdle } from './skip-idle.js'

test('skips the middle of a silence, not its edges', () => {
  const silences = [
    { fromMs: 1000, toMs: 61_000 },
    { fromMs: 70_000, toMs: 77_000 },
  ]
  const ends = [500, 2000, 4000, 59_000, 65_000, 73_000, 75_000, 80_000].map((at) => skipIdle(silences, at))
  expect(ends).toEqual([500, 2000, 58_000, 59_000, 65_000, 74_000, 75_000, 80_000])
  expect(skipIdle([], 5)).toBe(5)
})
