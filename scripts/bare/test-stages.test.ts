import { expect, test } from 'vitest'
import { chosenStages, totals } from './test-stages.mjs'

test('everything, when nothing is said', () => {
  expect(chosenStages([])).toEqual({
    checks: ['types', 'lint', 'imports', 'build'],
    suites: ['unit', 'service', 'fault', 'browser'],
    filters: [],
    redis: 'single',
  })
})

test('some stages, in their own order', () => {
  expect(chosenStages(['--only', 'service,types'])).toEqual({
    checks: ['types'],
    suites: ['service'],
    filters: [],
    redis: 'single',
  })
  expect(chosenStages(['--only=unit', 'db/'])).toMatchObject({
    checks: [],
    suites: ['unit'],
    filters: ['db/'],
  })
})

test('named test files run without the checks of the whole project', () => {
  expect(chosenStages(['db/archive'])).toMatchObject({
    checks: [],
    suites: ['unit', 'service', 'fault', 'browser'],
  })
})

test.each([[['--only']], [['--only', '']], [['--only', 'units']], [['--watch']]])('%o is refused', (args) => {
  expect(() => chosenStages(args)).toThrow(/types, lint|--only STAGE/)
})

test('the last line', () => {
  const skipped = [{ test: 'a', reason: 'b' }]
  const all = [
    { passed: 2, failed: 0, skipped, failures: [] },
    { passed: 1, failed: 3, skipped: [], failures: ['x', 'y', 'z'] },
  ]
  expect(totals(all)).toEqual({ failed: 3, line: '3 passed, 3 failed, 1 skipped' })
  expect(totals([])).toEqual({ failed: 0, line: '0 passed, 0 failed, 0 skipped' })
})

test('a cluster in the place of one Redis', () => {
  expect(chosenStages(['--redis-cluster', '--only', 'service'])).toMatchObject({
    suites: ['service'],
    redis: 'cluster',
  })
})
