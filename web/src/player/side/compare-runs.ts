import type { TestResult, TestRun } from '../../../../replay/index.js'
import { counted } from '../../ui/format.js'

export interface ComparedResult {
  result: TestResult
  /** Against the run before: null when it is the same, or when there is nothing to compare with. */
  change: 'newly passing' | 'newly failing' | null
}

/**
 * What a run is compared with: the last one before it of the same file that has a result of one of its tests. Null where
 * there is none, and where it has no result itself.
 */
export function runBefore(runs: readonly TestRun[], index: number): number | null {
  const run = runs[index]
  if (run === undefined) return null
  const names = new Set(run.results.map(({ testName }) => testName))
  const before = runs
    .slice(0, index)
    .findLastIndex(
      ({ fileName, results }) =>
        fileName === run.fileName && results.some(({ testName }) => names.has(testName)),
    )
  return before < 0 ? null : before
}

/** What changed since the run that it is compared with, in words. */
export function changesText(compared: readonly ComparedResult[]): string {
  const turned = (change: ComparedResult['change']) =>
    compared.filter((each) => each.change === change).length
  const [passing, failing] = [turned('newly passing'), turned('newly failing')]
  if (passing + failing === 0) return 'Nothing changed'
  return [
    ...(passing > 0 ? [`${counted(passing, 'test')} newly passing`] : []),
    ...(failing > 0 ? [`${counted(failing, 'test')} newly failing`] : []),
  ].join(', ')
}

/**
 * What is said of results that are not there: of the last run they may still come, live, or lie behind the playhead.
 *
 * @param awaits whether the session goes on, the playhead stands before its end, or neither
 */
export function missingResults(isLast: boolean, awaits: 'live' | 'past' | null) {
  if (!isLast || awaits === null) return { none: 'No result was recorded', some: 'without a result' }
  return awaits === 'live'
    ? { none: 'Waiting for results…', some: 'to come' }
    : { none: 'No result up to this moment', some: 'without a result so far' }
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
