import { Link } from '../../ui/link.js'
import type { SessionAnalysisData } from '../analysis-api.js'
import { offsetText, pathOfMoment } from '../moments.js'
import { summarise } from './summary.js'

/** The sentences, each figure a link to the moment that shows it best. */
export function SummaryText({ data }: { data: SessionAnalysisData }) {
  const firstMs = data.stats.activityTimeline.firstEvent ?? 0
  return (
    <p className="summary-text">
      {summarise(data).map((sentence, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences have nothing else to tell them apart, and none moves
        <span key={i} className="summary-sentence">
          {sentence.map((part, j) => {
            if (typeof part === 'string') return part
            const { text, moment } = part
            const key = `${j} ${text}`
            if (moment === null) return <strong key={key}>{text}</strong>
            return (
              <Link
                key={key}
                className="figure-link"
                href={pathOfMoment(data.session.id, moment.atMs, firstMs)}
                title={`${offsetText(moment.atMs - firstMs)}: ${moment.what}`}
              >
                {text}
              </Link>
            )
          })}{' '}
        </span>
      ))}
    </p>
  )
}
