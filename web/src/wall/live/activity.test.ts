import { expect, test } from 'vitest'
import { Activity, BIN_COUNT, BIN_MS } from './activity.js'

const T = 1_700_000_000_000

test('growth lands in the bin it was seen in, the time before is unknown', () => {
  const activity = new Activity()
  activity.record('a', 100, T)
  activity.record('a', 104, T + 1000)
  activity.record('a', 107, T + BIN_MS)
  expect(activity.of('a', T + 2 * BIN_MS).slice(-4)).toEqual([null, 4, 3, 0])
})

test('a count that falls is not negative activity, and old bins go', () => {
  const activity = new Activity()
  activity.record('a', 5, T)
  activity.record('a', 8, T)
  activity.record('a', 6, T + BIN_MS * BIN_COUNT)
  activity.record('a', 7, T + BIN_MS * BIN_COUNT)
  const bins = activity.of('a', T + BIN_MS * BIN_COUNT)
  expect(bins).toHaveLength(BIN_COUNT)
  expect(bins.reduce<number>((sum, n) => sum + (n ?? 0), 0)).toBe(1)
})

test('a session that left is forgotten', () => {
  const activity = new Activity()
  activity.record('a', 5, T)
  activity.keepOnly(new Set())
  expect(activity.of('a', T).every((n) => n === null)).toBe(true)
})

test('what the service counted fills the time before the page was opened, and nothing after', () => {
  const activity = new Activity()
  activity.record('a', 100, T)
  activity.recall('a', [7, 8, 9], T)
  activity.record('a', 103, T + BIN_MS)
  expect(activity.of('a', T + BIN_MS).slice(-5)).toEqual([null, 7, 8, 9, 3])
  // Asked again it is known better here.
  activity.recall('a', [1, 1, 9, 99], T + BIN_MS)
  expect(activity.of('a', T + BIN_MS).slice(-1)).toEqual([3])
})

test('what came while nobody was told is unknown, not zero, and not all of it at once', () => {
  const activity = new Activity()
  activity.record('a', 100, T)
  activity.record('a', 104, T + 1000)
  activity.lose(T + 2000)
  activity.record('a', 160, T + 3 * BIN_MS)
  activity.record('a', 163, T + 3 * BIN_MS)
  activity.record('a', 165, T + 4 * BIN_MS)
  expect(activity.of('a', T + 4 * BIN_MS).slice(-6)).toEqual([null, null, null, null, 3, 2])
  // The service has counted it.
  activity.recall('a', [6, 30, 20, 10, 2], T + 4 * BIN_MS)
  expect(activity.of('a', T + 4 * BIN_MS).slice(-6)).toEqual([null, 6, 30, 20, 10, 2])
})

test('a gap within one bin is none: its events came in this bin', () => {
  const activity = new Activity()
  activity.record('a', 100, T)
  activity.lose(T + 1000)
  activity.record('a', 107, T + 3000)
  expect(activity.of('a', T + 3000).slice(-1)).toEqual([7])
})
