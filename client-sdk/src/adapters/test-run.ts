import type { EventRecorder } from '../recorder-types.js'
import { recordQuietly } from './record-quietly.js'

export interface TestRunOptions {
  /** How many results there will be, where that is known. */
  testCount?: number
  language?: string
  /** The file of the tests. */
  fileName?: string
  /**
   * The code that is tested, recorded as snapshots: the recording says what the tests were run on [R18]. Of a file that
   * is open in an editor, `content` is the editor's own text.
   */
  files?: readonly TestedFile[]
}

export interface TestedFile {
  filePath: string
  content: string
  language?: string
}

export interface TestResult {
  testName: string
  passed: boolean
  output?: string
  /** Why it failed. */
  error?: string
  /** Milliseconds. */
  duration?: number
}

export interface TestRun {
  result(result: TestResult): void
  /**
   * The run is over. Says how many tests passed and failed, and why the run itself failed where it did (the code does
   * not compile, say). Results that come later would count for the next run, and are not recorded.
   */
  end(outcome?: { error?: string }): void
}

/** Records a run of the candidate's tests: the code as it is now, the start, each result, the end. */
export function recordTestRun(
  recorder: Pick<EventRecorder, 'record'>,
  { files = [], testCount, language, fileName }: TestRunOptions = {},
): TestRun {
  const startedMs = performance.now()
  const counts = { passed: 0, failed: 0 }
  let isOver = false
  for (const { filePath, content, language: ofFile } of files) {
    const data = { fileName: filePath, language: ofFile, content }
    recordQuietly(recorder, { type: 'code_snapshot', fileId: filePath, data })
  }
  recordQuietly(recorder, { type: 'test_run_start', data: { testCount, language, fileName } })
  return {
    result: ({ testName, passed, output, error, duration }) => {
      if (isOver) return
      counts[passed ? 'passed' : 'failed']++
      recordQuietly(recorder, {
        type: 'test_result',
        data: { testName, passed, output, error, duration },
      })
    },
    end: ({ error } = {}) => {
      if (isOver) return
      isOver = true
      const durationMs = Math.round(performance.now() - startedMs)
      recordQuietly(recorder, { type: 'custom:test_run_end', data: { ...counts, durationMs, error } })
    },
  }
}
