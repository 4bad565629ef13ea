import type { TestRunView } from '../runner/test-runner.js'

/** How it stands with the tests, in a sentence or two for whoever is about to submit. */
export function lastRunText(run: TestRunView | null): string {
  if (run === null) return 'You have not run the tests yet.'
  if (run.state === 'running') return 'The tests are still running.'
  return allPassed(run)
    ? 'All tests passed in the last run.'
    : 'In the last run not all tests passed. You can submit all the same.'
}

/** Each test that was planned ran and passed. A file that could not be run, and one that was stopped, planned others. */
function allPassed({ results, plannedCount, problem }: TestRunView): boolean {
  const isWhole = plannedCount > 0 && results.length === plannedCount && problem === ''
  return isWhole && results.every(({ outcome }) => outcome === 'passed')
}
