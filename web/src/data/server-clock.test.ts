import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ClockSample, narrow, type OffsetRange, rangeOf } from './server-clock.js'

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
