import { expect, test } from 'vitest'
import type { TestResult } from '../runner/messages.js'
import type { TestRunView } from '../runner/test-runner.js'
import { lastRunText } from './last-run.js'

const run = (outcomes: TestResult['outcome'][], more: Partial<TestRunView> = {}): TestRunView => ({
  number: 1,
  state: 'done',
  results: outcomes.map((outcome, i) => ({ name: `test ${i}`, outcome }) as TestResult),
  plannedCount: outcomes.length,
  durationMs: 5,
  problem: '',
  ...more,
})
const ALL_PASSED = 'All tests passed in the last run.'

test('all passed where each test that was planned ran and passed', () => {
  expect(lastRunText(run(['passed', 'passed']))).toBe(ALL_PASSED)
})

test.each([
  ['one failed', run(['passed', 'failed'])],
  ['one was skipped', run(['passed', 'skipped'])],
  ['some never ran', run(['passed', 'passed'], { plannedCount: 8 })],
  ['there was no test', run([])],
  ['one of the files could not be run', run(['passed'], { problem: 'SyntaxError' })],
])('not all passed where %s', (_, view) => {
  expect(lastRunText(view)).toContain('not all tests passed')
})

test('without a run, and while one goes on, that is what is said', () => {
  expect(lastRunText(null)).toBe('You have not run the tests yet.')
  expect(lastRunText(run(['passed'], { state: 'running' }))).toBe('The tests are still running.')
})
