import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TokenTerm, watchTerms } from './token-term.js'

const START_MS = 1_700_000_000_000
beforeEach(() => {
  vi.useFakeTimers({ now: START_MS })
})
afterEach(() => {
  vi.useRealTimers()
})
const termOf = (sec: number) => new TokenTerm(START_MS / 1000 + sec, Date.now)

/** Sockets of a namespace, which go when they are disconnected. */
function someSockets(...secs: number[]) {
  const sockets = new Map(
    secs.map((sec, i) => {
      const id = String(i)
      return [id, { data: { term: termOf(sec) }, disconnect: vi.fn(() => sockets.delete(id)) }] as const
    }),
  )
  return sockets
}

test('is over when the token is, not before', () => {
  const term = termOf(10)
  vi.advanceTimersByTime(9_999)
  expect(term.isOver).toBe(false)
  vi.advanceTimersByTime(1)
  expect(term.isOver).toBe(true)
  expect([termOf(-1).isOver, termOf(1e300).isOver]).toEqual([true, false])
})

test('is prolonged, never shortened', () => {
  const term = termOf(10)
  term.prolong(START_MS / 1000 + 20)
  term.prolong(START_MS / 1000 + 5)
  expect(term.endSec).toBe(START_MS / 1000 + 20)
})

test('sockets are disconnected as their tokens end, and no others', () => {
  const sockets = someSockets(10, 12, 1e300)
  const [first, second] = [...sockets.values()]
  const terms = watchTerms({ sockets }, Date.now)
  vi.advanceTimersByTime(9_999)
  expect(sockets.size).toBe(3)
  vi.advanceTimersByTime(10)
  expect([...sockets.keys()]).toEqual(['1', '2'])
  expect(first?.disconnect).toHaveBeenCalledExactlyOnceWith(true)
  second?.data.term.prolong(START_MS / 1000 + 60)
  vi.advanceTimersByTime(10_000)
  expect([...sockets.keys()]).toEqual(['1', '2'])
  terms.stop()
  vi.advanceTimersByTime(100_000)
  expect(sockets.size).toBe(2)
})
