import { expect, test } from 'vitest'
import { fitCosts } from './fit.mjs'

const measured = (counts: number[][], costs: number[], off: (i: number) => number = () => 1) =>
  counts.map((row, i) => ({
    counts: row,
    cost: off(i) * row.reduce((sum, count, k) => sum + count * (costs[k] ?? 0), 0),
  }))

const COUNTS = [
  [50, 50, 700],
  [90, 95, 1_500],
  [150, 200, 3_000],
  [300, 900, 20_000],
  [16, 800, 12_000],
]

test('finds what each thing costs, where it costs the same each time', () => {
  const costs = [3e-3, 3e-4, 4e-5]
  for (const [i, found] of fitCosts(measured(COUNTS, costs)).entries())
    expect(found / (costs[i] as number)).toBeCloseTo(1)
})

test('what costs nothing is nothing, and nothing costs less than that', () => {
  expect(fitCosts(measured(COUNTS, [0, 0, 5]))[0]).toBeCloseTo(0)
  const noisy = fitCosts(measured(COUNTS, [0, 0, 5], (i) => (i % 2 ? 0.8 : 1.2)))
  expect(noisy.every((cost) => cost >= 0)).toBe(true)
})

test('says so where nothing was measured', () => {
  expect(() => fitCosts([{ counts: [1, 2], cost: 0 }])).toThrow()
})
