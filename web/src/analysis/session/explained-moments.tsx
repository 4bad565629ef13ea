import { useState } from 'react'
import type { ExplanationView } from '../../../../protocol/http/index.js'
import { METRICS, type MetricName } from '../../../../replay/analysis/index.js'
import { signOutWhenRefused } from '../../auth/sign-in-state.js'
import { codeOf } from '../../data/api.js'
import { count, counted, took } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import { offsetText, pathOfMoment } from '../moments.js'
import { seconds } from '../words.js'

/** Where the events behind a number come from, and where their moments are. */
export interface Explained {
  sessionId: string
  firstMs: number
  explain: (metric: MetricName) => Promise<ExplanationView>
}

type Asked = 'closed' | 'loading' | 'failed' | ExplanationView

/** The events that made a number, asked for once somebody wants to see them; each leads to its moment. */
export function ExplainedMoments({
  metric,
  of,
  explained: { sessionId, firstMs, explain },
}: {
  metric: MetricName
  of: string
  explained: Explained
}) {
  const [asked, setAsked] = useState<Asked>('closed')
  const toggle = async () => {
    if (asked !== 'closed' && asked !== 'failed') return setAsked('closed')
    setAsked('loading')
    try {
      setAsked(await explain(metric))
    } catch (error) {
      if (!signOutWhenRefused(codeOf(error))) setAsked('failed')
    }
  }
  const open = asked !== 'closed'
  return (
    <div className="explained">
      <button type="button" className="button" aria-expanded={open} onClick={() => void toggle()}>
        {open ? 'Hide moments' : 'Show moments'}
        <span className="visually-hidden"> of {of}</span>
      </button>
      {asked === 'loading' && <p className="quiet">Loading…</p>}
      {asked === 'failed' && (
        <p className="quiet" role="alert">
          The service did not answer. The recording is not affected; try again.
        </p>
      )}
      {typeof asked === 'object' && (
        <ul className="explained-moments tabular">
          {asked.contributions.map(({ seq, timestamp, amount }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an event may have several shares, and none moves
            <li key={`${seq} ${i}`}>
              <Link className="moment" href={pathOfMoment(sessionId, timestamp, firstMs)}>
                {offsetText(timestamp - firstMs)}
              </Link>
              <span> {amountText(metric, amount)}</span>
            </li>
          ))}
          {asked.contributions.length === 0 && <li className="quiet">No event.</li>}
          {asked.nextAfterSeq !== null && (
            <li className="quiet">The first {counted(asked.contributions.length, 'event')}.</li>
          )}
        </ul>
      )}
    </div>
  )
}

/** An event's share in a number; that it counts once goes without saying. */
export function amountText(metric: MetricName, amount: number | null): string {
  if (amount === null) return ''
  switch (METRICS[metric].unit) {
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
