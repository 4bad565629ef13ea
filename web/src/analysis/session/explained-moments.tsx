import { useCallback, useState } from 'react'
import type { ExplanationView } from '../../../../protocol/http/index.js'
import { unitOf } from '../../../../replay/analysis/index.js'
import { count, counted, took } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import { offsetText, pathOfMoment } from '../moments.js'
import { useLoaded } from '../use-loaded.js'
import { seconds } from '../words.js'
import type { ExplainedNumber } from './breakdowns.js'

/** Where the events behind a number come from, and where their moments are. */
export interface Explained {
  sessionId: string
  firstMs: number
  explain: (number: Omit<ExplainedNumber, 'label'>) => Promise<ExplanationView>
}

/**
 * The events that made a number, asked for once somebody wants to see them; each leads to its moment. Of several
 * numbers, which are at least one, those of the chosen one.
 */
export function ExplainedMoments({
  numbers,
  of,
  explained,
}: {
  numbers: readonly ExplainedNumber[]
  of: string
  explained: Explained
}) {
  const [open, setOpen] = useState(false)
  const [metric, setMetric] = useState(numbers[0]?.metric)
  const chosen = numbers.find((number) => number.metric === metric) ?? numbers[0]
  return (
    <div className="explained">
      <div className="explained-bar">
        <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide moments' : 'Show moments'}
          <span className="visually-hidden"> of {of}</span>
        </button>
        {open && numbers.length > 1 && (
          <select
            className="field"
            aria-label={`Number of ${of}`}
            value={chosen?.metric}
            onChange={({ target }) =>
              setMetric(numbers.find((number) => number.metric === target.value)?.metric)
            }
          >
            {numbers.map((number) => (
              <option key={number.metric} value={number.metric}>
                {number.label}
              </option>
            ))}
          </select>
        )}
      </div>
      {open && chosen !== undefined && <Moments key={chosen.metric} number={chosen} explained={explained} />}
    </div>
  )
}

function Moments({
  number,
  explained: { sessionId, firstMs, explain },
}: {
  number: ExplainedNumber
  explained: Explained
}) {
  const { metric, filePath } = number
  // By what it asks for: the page makes the same number anew whenever it is drawn.
  const load = useCallback(
    () => explain({ metric, ...(filePath !== undefined && { filePath }) }),
    [explain, metric, filePath],
  )
  const { data, failure, again } = useLoaded(load)
  if (failure !== null)
    return (
      <p className="quiet" role="alert">
        The service did not answer. The recording is not affected.{' '}
        <button type="button" className="button button-outlined" onClick={again}>
          Try again
        </button>
      </p>
    )
  if (data === null) return <p className="quiet">Loading…</p>
  return (
    <ul className="explained-moments tabular">
      {data.contributions.map(({ seq, timestamp, amount }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an event may have several shares, and none moves
        <li key={`${seq} ${i}`}>
          <Link className="moment" href={pathOfMoment(sessionId, timestamp, firstMs)}>
            {offsetText(timestamp - firstMs)}
          </Link>
          <span> {amountText(metric, amount)}</span>
        </li>
      ))}
      {data.contributions.length === 0 && <li className="quiet">No event.</li>}
      {data.nextAfterSeq !== null && (
        <li className="quiet">The first {counted(data.contributions.length, 'event')}.</li>
      )}
    </ul>
  )
}

/** An event's share in a number; that it counts once goes without saying. */
export function amountText(metric: ExplainedNumber['metric'], amount: number | null): string {
  if (amount === null) return ''
  switch (unitOf(metric)) {
    case 'seconds':
      return seconds(amount)
    case 'milliseconds':
      return took(amount)
    case 'UTF-16 units':
      return counted(amount, 'character')
    case 'percent':
      return amount === 100 ? 'passed' : amount === 0 ? 'failed' : `${Math.round(amount)} %`
    default:
      return amount === 1 ? '' : count(amount)
  }
}
