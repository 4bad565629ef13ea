import { useState } from 'react'
import type { TestRun } from '../../../../replay/index.js'
import { clock, count, counted, took } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { MaskedText } from '../../ui/masked-text.js'
import { visibleText } from '../../ui/visible-text.js'
import { type ComparedResult, changesText, compareRuns, missingResults, runBefore } from './compare-runs.js'

/** Bars of the history; earlier runs are reached through the timeline. */
const MAX_RUNS = 40
/** So few have room for their figures. */
const MAX_NAMED_RUNS = 8
const MAX_RESULTS = 300
const MAX_DETAIL_CHARS = 8000
const MAX_NAME_CHARS = 500

interface TestsPaneProps {
  runs: readonly TestRun[]
  /** Whether more may be to come: the session goes on, or the playhead stands before its end. */
  awaits: 'live' | 'past' | null
  startMs: number
  empty: string
  onGo: (atMs: number) => void
}

/** Runs over time, and one of them in full: the newest unless the viewer chose another. */
export function TestsPane({ runs, awaits, startMs, empty, onGo }: TestsPaneProps) {
  const [chosenSeq, setChosenSeq] = useState<number | null>(null)
  const chosenIndex = runs.findIndex((run) => run.seq === chosenSeq)
  const index = chosenIndex < 0 ? runs.length - 1 : chosenIndex
  const run = runs[index]
  if (run === undefined) return <p className="pane-empty">{empty}</p>
  const firstShown = Math.max(0, runs.length - MAX_RUNS)
  const before = runBefore(runs, index)
  const compared = compareRuns(run, before === null ? undefined : runs[before])
  const missing = missingResults(index === runs.length - 1, awaits)
  return (
    <div className="scroll-box">
      <div className="scroller tests">
        <fieldset className="runs" aria-label="Test runs, oldest first">
          {runs.slice(firstShown).map((each, i) => (
            <RunBar
              key={each.seq}
              run={each}
              number={firstShown + i + 1}
              chosen={each === run}
              startMs={startMs}
              isNamed={runs.length <= MAX_NAMED_RUNS}
              onChoose={() => setChosenSeq(firstShown + i === runs.length - 1 ? null : each.seq)}
            />
          ))}
        </fieldset>
        <header className="run-head">
          <h3>
            Run {index + 1} of {runs.length}
            <button
              type="button"
              className="button run-moment tabular"
              onClick={() => onGo(run.atMs)}
              title="Go to this run"
            >
              at {clock(run.atMs - startMs)}
            </button>
          </h3>
          {run.results.length > 0 && <Tally run={run} missing={missing.some} />}
        </header>
        {before !== null && (
          <p className="quiet">
            {changesText(compared)} since run {before + 1}
          </p>
        )}
        {run.fileName !== null && (
          <p className="quiet theirs one-line">
            <MaskedText text={visibleText(run.fileName, MAX_NAME_CHARS)} />
          </p>
        )}
        {run.results.length === 0 && <p className="quiet">{missing.none}</p>}
        <ul className="results">
          {compared.slice(0, MAX_RESULTS).map((each) => (
            <Result key={each.result.seq} compared={each} />
          ))}
        </ul>
        {compared.length > MAX_RESULTS && (
          <p className="quiet">and {counted(compared.length - MAX_RESULTS, 'more result')}</p>
        )}
      </div>
    </div>
  )
}

/** `✓6 ✗3`, and how many of the announced tests have no result; `missing` says why. */
function Tally({ run, missing }: { run: TestRun; missing: string }) {
  const { passedCount, failedCount, testCount } = run
  const missingCount = Math.max(0, (testCount ?? 0) - passedCount - failedCount)
  return (
    <span className="tally tabular">
      <span data-passed role="img" aria-label={`${passedCount} passed`}>
        ✓ {count(passedCount)}
      </span>
      {failedCount > 0 && (
        <span data-failed role="img" aria-label={`${failedCount} failed`}>
          ✗ {count(failedCount)}
        </span>
      )}
      {missingCount > 0 && (
        <span className="quiet">
          {count(missingCount)} {missing}
        </span>
      )}
    </span>
  )
}

interface RunBarProps {
  run: TestRun
  number: number
  chosen: boolean
  startMs: number
  isNamed: boolean
  onChoose: () => void
}

function RunBar({ run, number, chosen, startMs, isNamed, onChoose }: RunBarProps) {
  const resultCount = run.passedCount + run.failedCount
  const total = Math.max(1, run.testCount ?? 0, resultCount)
  const figure = `${run.passedCount}/${total}`
  const outcome = resultCount === 0 ? 'no results' : `${figure} passed, ${run.failedCount} failed`
  const label = `Run ${number} at ${clock(run.atMs - startMs)}: ${outcome}`
  return (
    <button
      type="button"
      className="run-bar"
      aria-pressed={chosen}
      aria-label={label}
      title={label}
      onClick={onChoose}
    >
      <span className="run-stack">
        <span data-failed style={{ height: `${(run.failedCount / total) * 100}%` }} />
        <span data-passed style={{ height: `${(run.passedCount / total) * 100}%` }} />
      </span>
      {isNamed && <span className="run-figure tabular">{resultCount === 0 ? '–' : figure}</span>}
    </button>
  )
}

function Result({ compared: { result, change } }: { compared: ComparedResult }) {
  const details = [result.error, result.output].filter((text): text is string => text !== null && text !== '')
  const head = (
    <>
      <span className="result-mark" data-passed={result.passed}>
        <Icon name={result.passed ? 'check' : 'cross'} />
        <span className="visually-hidden">{result.passed ? 'passed' : 'failed'}</span>
      </span>
      <span className="result-name theirs">
        <MaskedText text={visibleText(result.testName, MAX_NAME_CHARS)} />
      </span>
      {change !== null && (
        <span className={`chip ${change === 'newly failing' ? 'chip-failure' : 'chip-accent'}`}>
          {change}
        </span>
      )}
      {result.durationMs !== null && <span className="quiet tabular">{took(result.durationMs)}</span>}
    </>
  )
  if (details.length === 0) return <li className="result">{head}</li>
  return (
    <li>
      <details>
        <summary className="result">{head}</summary>
        {details.map((text, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: error, then output
          <pre key={i} className="theirs">
            <MaskedText text={visibleText(text, MAX_DETAIL_CHARS)} />
          </pre>
        ))}
      </details>
    </li>
  )
}
