import type { EventRecorder } from '@interviewlm/recorder-sdk'
import { recordTestRun, type TestResult, type TestRun } from '@interviewlm/recorder-sdk/adapters/test-run'

/** One file of tests that is run. */
export interface RecordedRun {
  /** As soon as it is known how many there are. */
  plan(testCount: number): void
  result(result: TestResult): void
  /** @param error why it could not be run at all */
  end(error?: string): void
}

export interface TestRunRecording {
  begin(fileName: string): RecordedRun
}

/** The code that is tested is saved before, which records it: `files` of `recordTestRun` are for pages without editors. */
export function recordTests(recorder: EventRecorder): TestRunRecording {
  return {
    begin(fileName) {
      let run: TestRun | null = null
      const begun = (testCount?: number): TestRun => {
        run ??= recordTestRun(recorder, {
          language: 'javascript',
          fileName,
          ...(testCount !== undefined && { testCount }),
        })
        return run
      }
      return {
        plan: (testCount) => void begun(testCount),
        result: (result) => begun().result(result),
        end: (error) => begun().end(error === undefined ? {} : { error }),
      }
    },
  }
}
