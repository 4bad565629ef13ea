import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffSequences } from './sequence-diff.js'

const anyItems = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 })

/** The length of the longest common subsequence, by the textbook's table. */
function commonLength(a: readonly number[], b: readonly number[]): number {
  let row = new Array<number>(b.length + 1).fill(0)
  for (const x of a) {
    const next = [0]
    for (const [j, y] of b.entries()) next.push(x === y ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!))
    row = next
  }
  return row.at(-1) ?? 0
}

function expectRight(a: readonly number[], b: readonly number[], maxSteps: number): number {
  const built: number[] = []
  let [at, kept] = [0, 0]
  let before = ''
  for (const [operation, count] of diffSequences(a, b, maxSteps)) {
    expect(count).toBeGreaterThan(0)
    // Deleted before inserted, and nothing twice in a row.
    expect(before + operation).toMatch(/^(=|-|\+|=-|=\+|-=|\+=|-\+)$/)
    before = operation
    if (operation === '=') {
      for (let i = 0; i < count; i++) expect(a[at + i]).toBe(b[built.length + i])
      built.push(...a.slice(at, at + count))
      kept += count
    }
    if (operation !== '+') at += count
    else built.push(...b.slice(built.length, built.length + count))
  }
  expect(at).toBe(a.length)
  expect(built).toEqual(b)
  return kept
}

test('a diff turns one sequence into the other, and keeps as much as can be kept', () => {
  fc.assert(
    fc.property(anyItems, anyItems, (a, b) => {
      expect(expectRight(a, b, 1_000_000)).toBe(commonLength(a, b))
    }),
    { numRuns: 2000 },
  )
})

test('with few steps it is still right, only longer', () => {
  fc.assert(
    fc.property(anyItems, anyItems, fc.nat({ max: 30 }), (a, b, steps) => {
      expectRight(a, b, steps)
    }),
    { numRuns: 2000 },
  )
})

test('[I8] long sequences without anything in common cost no more than their steps', () => {
  const a = Array.from({ length: 300_000 }, (_, i) => i)
  const b = a.map((i) => -1 - i)
  expect(diffSequences(a, b, 1_000_000)).toEqual([
    ['-', 300_000],
    ['+', 300_000],
  ])
})
