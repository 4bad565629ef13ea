import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TokenTerm } from './token-term.js'

const START_MS = 1_700_000_000_000
beforeEach(() => {
  vi.useFakeTimers({ now: START_MS })
})
afterEach(() => {
  vi.useRealTimers()
})
const termOf = (sec: number, onEnd: () => void) => new TokenTerm(START_MS / 1000 + sec, Date.now, onEnd)

test('ends once, when the token does', () => {
  const onEnd = vi.fn()
  const term = termOf(10, onEnd)
  vi.advanceTimersByTime(9_999)
  expect([term.isOver, onEnd.mock.calls.length]).toEqual([false, 0])
  vi.advanceTimersByTime(1)
  expect([term.isOver, onEnd.mock.calls.length]).toEqual([true, 1])
  vi.advanceTimersByTime(100_000)
  expect(onEnd).toHaveBeenCalledTimes(1)
})

test('waits longer than a timer can', () => {
  const onEnd = vi.fn()
  const days = 60
  termOf(days * 86_400, onEnd)
  vi.advanceTimersByTime(days * 86_400_000 - 1)
  expect(onEnd).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onEnd).toHaveBeenCalledTimes(1)
})

test('is prolonged, never shortened, and stops', () => {
  const onEnd = vi.fn()
  const term = termOf(10, onEnd)
  term.prolong(START_MS / 1000 + 20)
  term.prolong(START_MS / 1000 + 5)
  vi.advanceTimersByTime(19_999)
  expect(onEnd).not.toHaveBeenCalled()
  term.stop()
  vi.advanceTimersByTime(100_000)
  expect(onEnd).not.toHaveBeenCalled()
})

test('of a token that is over ends at once; one without end never does', () => {
  const [over, endless] = [vi.fn(), vi.fn()]
  termOf(-1, over)
  termOf(1e300, endless)
  vi.advanceTimersByTime(0)
  expect(over).toHaveBeenCalledTimes(1)
  expect(endless).not.toHaveBeenCalled()
})
