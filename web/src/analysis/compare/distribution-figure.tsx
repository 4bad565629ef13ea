import { type ReactNode, useId, useState } from 'react'
import type { StatisticsView } from '../../../../protocol/http/index.js'
import { counted } from '../../ui/format.js'
import type { ComparedFigure } from '../figures.js'
import { FEW_SESSIONS, fewInWords, fewOfMany, standing } from '../standing.js'
import { BarSessions, type ListSessions } from './bar-sessions.js'
import { Histogram } from './histogram.js'
import { rangeText } from './histogram-bars.js'
import { Points } from './points.js'
import './compare.css'

interface DistributionFigureProps {
  figure: ComparedFigure
  statistics: StatisticsView
  /** The sessions are those of one question. */
  ofQuestion: boolean
  /** Of the sessions that the statistics are of. */
  list: ListSessions
  children?: ReactNode
}

/** How one number is distributed over the sessions, with the marked session's place in words. */
export function DistributionFigure(props: DistributionFigureProps) {
  const { figure, statistics, ofQuestion, list, children } = props
  const titleId = useId()
  const [bar, setBar] = useState<number | null>(null)
  const { metric, label, format } = figure
  const among = statistics.metrics[metric]
  const own = statistics.session?.metrics[metric]
  if (among === undefined) return null
  const few = among.count < FEW_SESSIONS
  // Which session has which number is told where the sessions themselves are few, not where few of many have this one.
  const told = few && statistics.sessions !== undefined
  const of = ofQuestion ? 'session of this question' : 'session'
  const chosen = bar === null ? undefined : among.histogram[bar]
  const ofMany = ofQuestion ? 'sessions of this question' : 'sessions'
  return (
    <figure className="distribution" aria-labelledby={titleId}>
      <figcaption>
        <h3 id={titleId}>{label}</h3>
        {own !== undefined && <strong className="distribution-own tabular">{format(own.value)}</strong>}
      </figcaption>
      {told ? (
        <Points metric={metric} statistics={statistics} format={format} />
      ) : (
        <Histogram
          label={label}
          distribution={among}
          own={own?.value ?? null}
          format={format}
          chosen={bar}
          onChoose={setBar}
        />
      )}
      <p className="distribution-words">
        {told ? (
          capital(fewInWords(statistics, metric, format))
        ) : few ? (
          capital(fewOfMany(among.count, statistics.sessionCount))
        ) : own !== undefined ? (
          capital(standing(own, among, figure, of, ofMany))
        ) : (
          <Spread distribution={among} sessions={counted(among.count, of, ofMany)} format={format} />
        )}
        .
      </p>
      {!told && chosen !== undefined && chosen.count > 0 && (
        <BarSessions
          key={bar}
          // The last bar includes its end.
          range={{
            metric,
            atLeast: chosen.from,
            below: bar === among.histogram.length - 1 ? null : chosen.to,
          }}
          text={rangeText(chosen.from, chosen.to, format)}
          list={list}
          format={format}
          ownId={statistics.session?.id ?? null}
          onClose={() => setBar(null)}
        />
      )}
      {children}
    </figure>
  )
}

function Spread({
  distribution: { p25, p50, p75 },
  sessions,
  format,
}: {
  distribution: StatisticsView['metrics'][string]
  sessions: string
  format: (value: number) => string
}) {
  if (format(p25) === format(p75))
    return (
      <>
        At least half of {sessions} have <b>{format(p50)}</b>
      </>
    )
  return (
    <>
      Half of {sessions} lie between <b>{format(p25)}</b> and <b>{format(p75)}</b>; the middle is{' '}
      <b>{format(p50)}</b>
    </>
  )
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
