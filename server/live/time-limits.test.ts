import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TimeLimits } from './time-limits.js'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

/** Sessions that are named in `extended` were given more time. */
function limits(ends: Record<string, number | null | Error>, extended: Record<string, number> = {}) {
  const told: [string, number][] = []
  const toldMore: [string, number][] = []
  const up: string[] = []
  const book = new TimeLimits({
    readLimit: async (id) => {
      const endMs = ends[id]
      if (endMs instanceof Error) throw endMs
      if (endMs == null) return null
      return { endMs, timeLimit: extended[id] ?? 60, isExtended: extended[id] !== undefined }
    },
    tellExtended: (connectionId, { timeLimit }) => toldMore.push([connectionId, timeLimit]),
    tellUp: (id) => told.push([id, Date.now()]),
    onUp: async (id) => up.push(id),
    clock: Date.now,
    log: () => {},
  })
  return { book, told, toldMore, up, ends }
}

const page = (sessionId: string, connectionId = sessionId) => ({ sessionId, connectionId })

describe('[R17] the end of the time limit', () => {
  test('is told when it is there, once, and not where there is none', async () => {
    const { book, told, up } = limits({ a: 5_000, b: null })
    book.connected(page('a'))
    book.connected(page('b'))
    await vi.advanceTimersByTimeAsync(4_999)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(100_000)
    expect(told).toEqual([['a', 5_000]])
    expect(up).toEqual(['a'])
  })

  test('more time, given on this node or on another, moves it', async () => {
    const { book, told, ends } = limits({ a: 5_000 })
    book.connected(page('a'))
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
    book.connected(page('a'))
    await vi.advanceTimersByTimeAsync(0)
    expect(told).toEqual([['a', 0]])
  })

  test('with the store away it is told by what was known', async () => {
    const { book, told, ends } = limits({ a: 5_000 })
    book.connected(page('a'))
    await vi.advanceTimersByTimeAsync(1_000)
    ends.a = new Error('away')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toEqual([['a', 5_000]])
  })

  test('with the store away from the start nothing is told until it is back', async () => {
    const { book, told, ends } = limits({ a: new Error('away') })
    book.connected(page('a'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(told).toEqual([])
    ends.a = 50_000
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told).toEqual([['a', 65_000]])
  })

  test('a session whose last tab has gone is not looked after', async () => {
    const { book, told } = limits({ a: 5_000 })
    book.connected(page('a', '1'))
    book.connected(page('a', '2'))
    book.disconnected(page('a', '1'))
    book.disconnected(page('a', '2'))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(told).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('more time that was given before a page came', () => {
  test('is told to each page that comes, before the end that may be there again; without any nothing is told', async () => {
    const { book, told, toldMore } = limits({ a: 9_000, b: 5_000, over: -5 }, { a: 660, over: 61 })
    book.connected(page('a', 'first'))
    book.connected(page('b'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(toldMore).toEqual([['first', 660]])
    book.connected(page('a', 'second'))
    book.connected(page('over'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(toldMore).toEqual([
      ['first', 660],
      ['second', 660],
      ['over', 61],
    ])
    expect(told).toEqual([['over', 1_000]])
  })

  test('with the store away it is told once the store is back, to those that are still there', async () => {
    const { book, toldMore, ends } = limits({ a: 50_000 }, { a: 660 })
    book.connected(page('a', 'before'))
    await vi.advanceTimersByTimeAsync(0)
    ends.a = new Error('away')
    book.connected(page('a', 'stays'))
    book.connected(page('a', 'goes'))
    await vi.advanceTimersByTimeAsync(7_000)
    book.disconnected(page('a', 'goes'))
    ends.a = 50_000
    await vi.advanceTimersByTimeAsync(60_000)
    expect(toldMore).toEqual([
      ['before', 660],
      ['stays', 660],
    ])
  })
})
