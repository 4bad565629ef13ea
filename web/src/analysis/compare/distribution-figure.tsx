import { type ReactNode, useId } from 'react'
import type { StatisticsView } from '../../../../protocol/http/index.js'
import { counted } from '../../ui/format.js'
import type { ComparedFigure } from '../figures.js'
import { FEW_SESSIONS, fewInWords, standing } from '../standing.js'
import { Histogram } from './histogram.js'
import { Points } from './points.js'
import './compare.css'

interface DistributionFigureProps {
  figure: ComparedFigure
  statistics: StatisticsView
  /** The sessions are those of one question. */
  ofQuestion: boolean
  children?: ReactNode
}

/** How one number is distributed over the sessions, with the marked session's place in words. */
export function DistributionFigure({ figure, statistics, ofQuestion, children }: DistributionFigureProps) {
  const titleId = useId()
  const { metric, label, format } = figure
  const among = statistics.metrics[metric]
  const own = statistics.session?.metrics[metric]
  if (among === undefined) return null
  const few = among.count < FEW_SESSIONS
  const of = ofQuestion ? 'session of this question' : 'session'
  const ofMany = ofQuestion ? 'sessions of this question' : 'sessions'
  return (
    <figure className="distribution" aria-labelledby={titleId}>
      <figcaption>
        <h3 id={titleId}>{label}</h3>
        {own !== undefined && <strong className="distribution-own tabular">{format(own.value)}</strong>}
      </figcaption>
      {few ? (
        <Points metric={metric} statistics={statistics} format={format} />
      ) : (
        <Histogram distribution={among} own={own?.value ?? null} format={format} />
      )}
      <p className="distribution-words">
        {few ? (
          capital(fewInWords(statistics, metric, format))
        ) : own !== undefined ? (
          capital(standing(own, among, figure, of, ofMany))
        ) : (
          <>
            Half of {counted(among.count, of, ofMany)} lie between <b>{format(among.p25)}</b> and{' '}
            <b>{format(among.p75)}</b>; the middle is <b>{format(among.p50)}</b>
          </>
        )}
        .
      </p>
      {children}
    </figure>
  )
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
