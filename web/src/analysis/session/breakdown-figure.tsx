import { useId } from 'react'
import { count } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import { oneLine } from '../../ui/visible-text.js'
import { type Moment, offsetText, pathOfMoment } from '../moments.js'
import type { Breakdown } from './breakdowns.js'
import { type Explained, ExplainedMoments } from './explained-moments.js'
import { moreMoments, SHOWN_MOMENTS } from './signals.js'

/** Bars on one scale, with their numbers beside them. */
export function BreakdownFigure({
  breakdown: { title, unit, bars, none },
  explained,
}: {
  breakdown: Breakdown
  explained: Explained
}) {
  const titleId = useId()
  const longest = Math.max(1, ...bars.map(({ parts }) => parts.reduce((sum, { amount }) => sum + amount, 0)))
  return (
    <figure className="distribution" aria-labelledby={titleId}>
      <figcaption className="breakdown-caption">
        <h3 id={titleId}>{title}</h3>
        <span className="plot-unit">{unit}</span>
      </figcaption>
      {bars.length === 0 && <p className="quiet">{none}</p>}
      <ul className="bars">
        {bars.map(({ label, theirs, parts, text, metric, moments }) => (
          <li key={label}>
            <span className="bar-head">
              <span className={theirs ? 'theirs one-line' : 'one-line'} title={oneLine(label)}>
                {oneLine(label)}
              </span>
              <span className="tabular bar-text">{text}</span>
            </span>
            <span className="bar">
              {parts.map((part) => (
                <span
                  key={part.label}
                  title={`${part.label}: ${count(part.amount)}`}
                  style={{ width: `${(part.amount / longest) * 100}%`, background: `var(--${part.colour})` }}
                >
                  <span className="visually-hidden">
                    {part.label} {count(part.amount)}
                  </span>
                </span>
              ))}
            </span>
            {moments.length > 0 && <BarMoments moments={moments} explained={explained} />}
            {metric !== null && <ExplainedMoments metric={metric} of={label} explained={explained} />}
          </li>
        ))}
      </ul>
    </figure>
  )
}

function BarMoments({
  moments,
  explained: { sessionId, firstMs },
}: {
  moments: readonly Moment[]
  explained: Explained
}) {
  const more = moreMoments(moments)
  return (
    <ul className="bar-moments tabular">
      {moments.slice(0, SHOWN_MOMENTS).map(({ atMs, what }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two moments may be the same, and none moves
        <li key={i}>
          {what}{' '}
          <Link className="moment" href={pathOfMoment(sessionId, atMs, firstMs)}>
            {offsetText(atMs - firstMs)}
          </Link>
        </li>
      ))}
      {more !== null && <li className="quiet">{more}</li>}
    </ul>
  )
}
