import { expect, test } from 'vitest'
import type { TestRun } from '../../../../replay/index.js'
import { changesText, compareRuns, missingResults, runBefore } from './compare-runs.js'

const run = (outcomes: Record<string, boolean>, fileName: string | null = null): TestRun =>
  ({
    fileName,
    results: Object.entries(outcomes).map(([testName, passed]) => ({ testName, passed })),
  }) as unknown as TestRun

test('failing first, and what changed since the run before', () => {
  const compared = compareRuns(
    run({ same: true, mended: true, broken: false, fresh: false }),
    run({ same: true, mended: false, broken: true }),
  )
  expect(compared.map(({ result, change }) => [result.testName, change])).toEqual([
    ['broken', 'newly failing'],
    ['fresh', null],
    ['same', null],
    ['mended', 'newly passing'],
  ])
})

test('the first run has nothing to compare with', () => {
  expect(compareRuns(run({ a: false }), undefined)).toMatchObject([{ change: null }])
})

test('a run is compared with the last one of its file that says something of its tests', () => {
  const runs = [
    run({ a: true }, 'a.test.js'),
    run({ a: true }, 'b.test.js'),
    // It stopped before its first result.
    run({}, 'a.test.js'),
    run({ a: false }, 'a.test.js'),
    run({ other: true }, 'a.test.js'),
    run({ a: true }, 'c.test.js'),
  ]
  expect(runs.map((_, index) => runBefore(runs, index))).toEqual([null, null, null, 0, null, null])
  // Nobody said which file they are of.
  expect(runBefore([run({ a: true }), run({ a: true })], 1)).toBe(0)
})

test('what changed, in words', () => {
  const changes = (now: Record<string, boolean>, before: Record<string, boolean>) =>
    changesText(compareRuns(run(now), run(before)))
  expect(changes({ a: true, b: true, c: false }, { a: false, b: false, c: true })).toBe(
    '2 tests newly passing, 1 test newly failing',
  )
  expect(changes({ a: true }, { a: true })).toBe('Nothing changed')
})

test('results are awaited in the last run alone, while the session goes on or the playhead stands in the past', () => {
  expect(missingResults(true, 'live').none).toBe('Waiting for results…')
  expect(missingResults(true, 'past').none).toBe('No result up to this moment')
  expect(missingResults(true, null).none).toBe('No result was recorded')
  expect(missingResults(false, 'live').none).toBe('No result was recorded')
})
