import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TimeLimits } from './time-limits.js'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

function limits(ends: Record<string, number | null | Error>) {
  const told: [string, number][] = []
  const up: string[] = []
  const book = new TimeLimits({
    readEndMs: async (id) => {
      const end = ends[id]
      if (end instanceof Error) throw end
      return end ?? null
    },
    tell: (id) => told.push([id, Date.now()]),
    onUp: async (id) => up.push(id),
    clock: Date.now,
    log: () => {},
  })
  return { book, told, up, ends }
}

describe('[R17] the end of the time limit', () => {
  test('is told when it is there, once, and not where there is none', async () => {
    const { book, told, up } = limits({ a: 5_000, b: null })
    book.connected('a')
    book.connected('b')
    await vi.advanceTimersByTimeAsync(4_999)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(100_000)
    expect(told).toEqual([['a', 5_000]])
    expect(up).toEqual(['a'])
  })

  test('more time, given on this node or on another, moves it', async () => {
    const { book, told, ends } = limits({ a: 5_000 })
    book.connected('a')
    await vi.advanceTimersByTimeAsync(1_000)
    // Another node's doing: only PostgreSQL knows.
    ends.a = 8_000
    await vi.advanceTimersByTimeAsync(6_000)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told).toEqual([['a', 8_000]])
    ends.a = 20_000
    book.extended('a', 20_000)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(told).toEqual([
      ['a', 8_000],
      ['a', 20_000],
    ])
  })

  test('who comes after it is told when he comes', async () => {
    const { book, told } = limits({ a: -5 })
    book.connected('a')
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([['a', 0]])
  })

  test('with the store away it is told by what was known', async () => {
    const { book, told, ends } = limits({ a: 5_000 })
    book.connected('a')
    await vi.advanceTimersByTimeAsync(1_000)
    ends.a = new Error('away')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toEqual([['a', 5_000]])
  })

  test('with the store away from the start nothing is told until it is back', async () => {
    const { book, told, ends } = limits({ a: new Error('away') })
    book.connected('a')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(told).toEqual([])
    ends.a = 50_000
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told).toEqual([['a', 65_000]])
  })

  test('a session whose last tab has gone is not looked after', async () => {
    const { book, told } = limits({ a: 5_000 })
    book.connected('a')
    book.connected('a')
    book.disconnected('a')
    book.disconnected('a')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})
