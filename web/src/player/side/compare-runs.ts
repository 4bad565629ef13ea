import type { TestResult, TestRun } from '../../../../replay/index.js'

export interface ComparedResult {
  result: TestResult
  /** Against the run before: null when it is the same, or when there is nothing to compare with. */
  change: 'newly passing' | 'newly failing' | null
}

/** A run's results beside the run before it, failing ones first, in the order they came in. */
export function compareRuns(run: TestRun, before: TestRun | undefined): ComparedResult[] {
  const passedBefore = new Map(before?.results.map(({ testName, passed }) => [testName, passed]))
  const compared = run.results.map((result): ComparedResult => {
    const was = passedBefore.get(result.testName)
    if (was === undefined || was === result.passed) return { result, change: null }
    return { result, change: result.passed ? 'newly passing' : 'newly failing' }
  })
  return [
    ...compared.filter(({ result }) => !result.passed),
    ...compared.filter(({ result }) => result.passed),
  ]
}
