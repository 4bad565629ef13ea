import { useId } from 'react'
import { count } from '../../ui/format.js'
import { oneLine } from '../../ui/visible-text.js'
import type { Breakdown } from './breakdowns.js'
import { type Explained, ExplainedMoments } from './explained-moments.js'

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
        {bars.map(({ label, theirs, parts, text, numbers }) => (
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
            {numbers.length > 0 && (
              <ExplainedMoments numbers={numbers} of={oneLine(label)} explained={explained} />
            )}
          </li>
        ))}
      </ul>
    </figure>
  )
}
