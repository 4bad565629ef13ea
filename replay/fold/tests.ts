import { Log } from '../log.js'
import type { TestResult } from '../state.js'
import { type FoldedTestRun, happened, type Reducers } from './fold.js'

export const testReducers: Reducers<'test_run_start' | 'test_result'> = {
  test_run_start: (fold, event, data) => ({
    testRuns: fold.testRuns.push({
      ...happened(event),
      testCount: data.testCount ?? null,
      language: data.language ?? null,
      fileName: data.fileName ?? null,
      results: Log.empty(),
      passedCount: 0,
      failedCount: 0,
    }),
  }),

  // A result belongs to the last run of its source; without one it opens a run of its own.
  test_result(fold, event, data) {
    const result: TestResult = {
      ...happened(event),
      testName: data.testName,
      passed: data.passed,
      output: data.output ?? null,
      error: data.error ?? null,
      durationMs: data.duration ?? null,
    }
    const testRuns = fold.testRuns.changeLast(
      (run) => run.source === event.source,
      (run) => withResult(run, result),
    )
    if (testRuns !== fold.testRuns) return { testRuns }
    const unannounced: FoldedTestRun = {
      ...happened(event),
      testCount: null,
      language: null,
      fileName: null,
      results: Log.empty(),
      passedCount: 0,
      failedCount: 0,
    }
    return { testRuns: fold.testRuns.push(withResult(unannounced, result)) }
  },
}

const withResult = (run: FoldedTestRun, result: TestResult): FoldedTestRun => ({
  ...run,
  results: run.results.push(result),
  passedCount: run.passedCount + (result.passed ? 1 : 0),
  failedCount: run.failedCount + (result.passed ? 0 : 1),
})
