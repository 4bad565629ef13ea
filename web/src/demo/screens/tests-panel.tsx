import { took } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import type { TestFailure, TestResult } from '../runner/messages.js'
import type { TestRunView } from '../runner/test-runner.js'

export function TestsPanel({ run, onRun }: { run: TestRunView | null; onRun: () => void }) {
  const isRunning = run?.state === 'running'
  return (
    <div className="demo-tests" data-run={run?.number} data-state={run?.state}>
      <header>
        <button type="button" className="button button-outlined" onClick={onRun} disabled={isRunning}>
          <Icon name="play" /> {isRunning ? 'Running…' : 'Run tests'}
        </button>
        {run !== null && !isRunning && <span className="quiet tabular">{took(run.durationMs)}</span>}
      </header>
      {run === null && <p className="quiet">Nothing was run yet. Tests run on what is in the editor.</p>}
      {run?.problem && <pre className="demo-problem theirs">{run.problem.trim()}</pre>}
      <ul>
        {run?.results.map((result, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two tests may have the same name
          <Result key={i} result={result} />
        ))}
      </ul>
      {run !== null && !isRunning && run.results.length < run.plannedCount && (
        <p className="failure">
          {run.plannedCount - run.results.length} of {run.plannedCount} tests did not run.
        </p>
      )}
    </div>
  )
}

const MARKS: Record<TestResult['outcome'], string> = {
  passed: 'Passed',
  failed: 'Failed',
  skipped: 'Skipped',
}

function Result({ result }: { result: TestResult }) {
  const { name, outcome, failure } = result
  const [suite, ...rest] = name.split(' › ')
  const title = rest.length > 0 ? rest.join(' › ') : suite
  return (
    <li className="demo-result" data-outcome={outcome}>
      <span className="demo-result-mark">
        <Icon name={outcome === 'passed' ? 'check' : outcome === 'failed' ? 'cross' : 'pause'} />
        <span className="visually-hidden">{MARKS[outcome]}:</span>
      </span>
      <span className="theirs" title={name}>
        {title}
      </span>
      {failure !== null && <Failure failure={failure} />}
    </li>
  )
}

function Failure({ failure }: { failure: TestFailure }) {
  const { message, expected, actual, stack } = failure
  return (
    <div className="demo-failure theirs">
      <p>{message}</p>
      {expected !== undefined && (
        <dl>
          <dt>expected</dt>
          <dd>
            <pre>{expected}</pre>
          </dd>
          <dt>actual</dt>
          <dd>
            <pre>{actual}</pre>
          </dd>
        </dl>
      )}
      {stack.length > 0 && <p className="quiet">{stack[0]}</p>}
    </div>
  )
}
