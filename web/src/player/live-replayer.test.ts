import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { spaced } from './live-replayer.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first is run at once, of those that come too soon one, and none is left', () => {
  const ran: number[] = []
  const run = spaced(500)
  for (let i = 0; i < 20; i++) {
    run(() => ran.push(performance.now()))
    vi.advanceTimersByTime(100)
  }
  vi.advanceTimersByTime(2000)
  expect(ran).toHaveLength(5)
  for (const [i, atMs] of ran.slice(1).entries())
    expect(atMs - (ran[i] as number)).toBeGreaterThanOrEqual(500)
  expect(vi.getTimerCount()).toBe(0)
  run(() => ran.push(performance.now()))
  expect(ran).toHaveLength(6)
})
