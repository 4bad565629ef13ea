import { expect, test } from 'vitest'
import type { TestRun } from '../../../../replay/index.js'
import { compareRuns } from './compare-runs.js'

const run = (outcomes: Record<string, boolean>): TestRun =>
  ({
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
