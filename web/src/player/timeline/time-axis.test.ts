import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimeAxis } from './time-axis.js'

const T = 1_700_000_000_000

test('a long silence is a notch, a short one keeps its length', () => {
  const silences = [
    { fromMs: T + 10_000, toMs: T + 20_000 },
    { fromMs: T + 100_000, toMs: T + 700_000 },
  ]
  const axis = new TimeAxis(T, T + 800_000, silences)
  expect(axis.placeOf(T + 20_000)).toBe(20_000)
  expect(axis.placeOf(T + 100_000)).toBe(100_000)
  expect(axis.length).toBeCloseTo(200_000 * 1.012)
  expect(axis.folds).toHaveLength(1)
  expect(new TimeAxis(T, T + 800_000).length).toBe(800_000)
})

test('however many silences, their notches leave most of the axis to what happened', () => {
  const silences = Array.from({ length: 500 }, (_, i) => ({
    fromMs: T + i * 100_000,
    toMs: T + i * 100_000 + 90_000,
  }))
  const axis = new TimeAxis(T, T + 500 * 100_000, silences)
  expect(axis.length).toBeCloseTo(500 * 10_000 * 1.2, -1)
})

test('places and moments belong together, in order, from the start to the end', () => {
  const anySilences = fc
    .array(fc.tuple(fc.nat({ max: 200_000 }), fc.integer({ min: 6001, max: 500_000 })), { maxLength: 12 })
    .map((gaps) => {
      let atMs = T
      return gaps.map(([before, silentMs]) => {
        const fromMs = atMs + before
        atMs = fromMs + silentMs
        return { fromMs, toMs: atMs }
      })
    })
  fc.assert(
    fc.property(
      anySilences,
      fc.nat({ max: 300_000 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      (silences, afterMs, parts) => {
        const endMs = (silences.at(-1)?.toMs ?? T) + afterMs
        const axis = new TimeAxis(T, endMs, silences)
        expect([axis.placeOf(T - 9), axis.placeOf(T)]).toEqual([0, 0])
        expect(axis.placeOf(endMs + 9)).toBeCloseTo(axis.length, 3)
        let before = -1
        for (const part of parts.sort((a, b) => a - b)) {
          const atMs = T + part * (endMs - T)
          const place = axis.placeOf(atMs)
          expect(place).toBeGreaterThanOrEqual(before)
          expect(Math.abs(axis.timeAt(place) - atMs)).toBeLessThan(2)
          before = place
        }
      },
    ),
  )
})
