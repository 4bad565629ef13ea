import { Icon } from '../../ui/icon.js'
import { Link } from '../../ui/link.js'
import { RetryNotice } from '../../ui/retry-notice.js'
import { oneLine } from '../../ui/visible-text.js'
import type { SessionAnalysisData } from '../analysis-api.js'
import { offsetText, pathOfMoment } from '../moments.js'
import { commonness, moreMoments, SHOWN_MOMENTS, type Signal, signalsOf } from './signals.js'

interface SignalListProps {
  data: SessionAnalysisData
  firstMs: number
  /** Reads once more what could not be read. */
  onRetry: () => void
}

/** What may be worth a look, with what is known of it. What it means is for people to say. */
export function SignalList({ data, firstMs, onRetry }: SignalListProps) {
  const { laterFlags } = data
  const signals = signalsOf(data, laterFlags ?? [])
  return (
    <section aria-labelledby="signals-title">
      <div className="analysis-section-bar">
        <h2 id="signals-title">Signals to look at</h2>
      </div>
      {laterFlags === null && (
        <RetryNotice
          className="signals-unread"
          tone="signal"
          title="Flags from after the close could not be read"
          onRetry={onRetry}
        >
          There may be more to look at than is shown. No recording is affected.
        </RetryNotice>
      )}
      {signals.length === 0 ? (
        <p className="quiet">
          None{laterFlags === null && ' in the recording'}: no large paste from outside, no long time away or
          pause, no second tab, no lost connection, no flag.
        </p>
      ) : (
        <ul className="signals">
          {signals.map((signal) => (
            <SignalItem key={signal.kind} signal={signal} data={data} firstMs={firstMs} />
          ))}
        </ul>
      )}
    </section>
  )
}

function SignalItem({
  signal,
  data,
  firstMs,
}: {
  signal: Signal
  data: SessionAnalysisData
  firstMs: number
}) {
  const more = moreMoments(signal.moments)
  return (
    <li className="signal">
      <Icon name="signal" />
      <div className="signal-words">
        <h3 className="theirs">{oneLine(signal.title)}</h3>
        <p>{signal.evidence}</p>
        <p className="signal-common">{commonness(signal, data.comparison)}</p>
      </div>
      {signal.moments.length > 0 && (
        <ul className="signal-moments tabular">
          {signal.moments.slice(0, SHOWN_MOMENTS).map(({ atMs, what }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two moments may be the same, and none moves
            <li key={i}>
              <Link className="moment" href={pathOfMoment(data.session.id, atMs, firstMs)}>
                {offsetText(atMs - firstMs)}
              </Link>
              {what !== '' && <span className="theirs"> {oneLine(what)}</span>}
            </li>
          ))}
          {more !== null && <li className="quiet">{more}, in the recording’s timeline</li>}
        </ul>
      )}
    </li>
  )
}
