import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ClockSample, narrow, type OffsetRange, rangeOf, ServerClock } from './server-clock.js'

/** A request sent at `sentAtMs` to a server whose clock is `offsetMs` ahead. */
const ask = (sentAtMs: number, thereMs: number, backMs: number, offsetMs: number): ClockSample => ({
  sentAtMs,
  receivedAtMs: sentAtMs + thereMs + backMs,
  dateMs: Math.floor((sentAtMs + thereMs + offsetMs) / 1000) * 1000,
})

test('the true offset always lies in the range, and samples over a second narrow it to their spacing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -90_000, max: 90_000 }),
      fc.integer({ min: 0, max: 999 }),
      (offsetMs, startMs) => {
        let known: OffsetRange | null = null
        for (let i = 0; i < 8; i++) {
          const sample = ask(1_700_000_000_000 + startMs + i * 130, 5, 5, offsetMs)
          known = narrow(known, sample)
          expect(known.minMs).toBeLessThanOrEqual(offsetMs)
          expect(known.maxMs).toBeGreaterThanOrEqual(offsetMs)
        }
        expect((known as OffsetRange).maxMs - (known as OffsetRange).minMs).toBeLessThanOrEqual(150)
      },
    ),
  )
})

test('a clock that was set starts the estimate again', () => {
  const before = narrow(null, ask(1_000_000, 5, 5, 0))
  const sample = ask(1_060_000, 5, 5, 30_000)
  expect(narrow(before, sample)).toEqual(rangeOf(sample))
})

describe('how often a service is asked', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  /** A clock whose service the test plays, over ten minutes. */
  async function asked(answer: (signal: AbortSignal) => Promise<Response>) {
    vi.useFakeTimers()
    const count = { begun: 0, atOnce: 0, mostAtOnce: 0 }
    vi.stubGlobal('fetch', async (_: string, { signal }: { signal: AbortSignal }) => {
      count.begun += 1
      count.atOnce += 1
      count.mostAtOnce = Math.max(count.mostAtOnce, count.atOnce)
      try {
        return await answer(signal)
      } finally {
        count.atOnce -= 1
      }
    })
    const clock = new ServerClock('http://service')
    clock.start()
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    clock.stop()
    const { begun } = count
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    expect(count.begun).toBe(begun)
    return { ...count, clock }
  }

  test('eight times in a second, then each minute', async () => {
    const aheadMs = 600_000
    const { begun, mostAtOnce, clock } = await asked(
      async () => new Response('', { headers: { date: new Date(Date.now() + aheadMs).toUTCString() } }),
    )
    expect([begun, mostAtOnce]).toEqual([8 + 9, 1])
    expect(Math.abs(clock.offsetMs - aheadMs)).toBeLessThan(200)
  })

  test.each<[string, (signal: AbortSignal) => Promise<Response>]>([
    ['does not tell its time to pages of other origins', async () => new Response('')],
    ['is away', () => Promise.reject(new TypeError('Failed to fetch'))],
    [
      'does not answer',
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    ],
  ])('ever less often where it %s, and one question at a time', async (_, answer) => {
    const { begun, mostAtOnce } = await asked(answer)
    expect(begun).toBeLessThan(25)
    expect(begun).toBeGreaterThan(10)
    expect(mostAtOnce).toBe(1)
  })
  test('not once more where it was stopped while it waited for an answer', async () => {
    vi.useFakeTimers()
    let begun = 0
    let answer = () => {}
    vi.stubGlobal('fetch', () => {
      begun += 1
      return new Promise<Response>((resolve) => {
        answer = () => resolve(new Response('', { headers: { date: new Date(0).toUTCString() } }))
      })
    })
    const clock = new ServerClock('http://service')
    clock.start()
    clock.stop()
    answer()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([begun, clock.offsetMs, vi.getTimerCount()]).toEqual([1, 0, 0])
  })
})
