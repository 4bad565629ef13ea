import { useState } from 'react'
import { count } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import { oneLine } from '../../ui/visible-text.js'
import type { ComparisonData } from '../analysis-api.js'
import { COMPARED_FIGURES, type ComparedFigure } from '../figures.js'
import { FEW_SESSIONS } from '../standing.js'
import { type Filters, pathOfComparison } from './filters.js'

/** One figure by question: the middle, the middle half and the range of all but the outer tenths, on one axis. */
export function QuestionTable({
  questions,
  shownQuestion,
  filters,
}: {
  questions: ComparisonData['questions']
  /** Which one the figures above are of. */
  shownQuestion: string | null
  /** What a link to another question keeps. */
  filters: Filters
}) {
  const [metric, setMetric] = useState<string>(COMPARED_FIGURES[0]?.metric ?? '')
  const figure = COMPARED_FIGURES.find((each) => each.metric === metric) ?? COMPARED_FIGURES[0]
  if (figure === undefined) return null
  const highest = Math.max(0, ...questions.map(({ metrics }) => metrics[figure.metric]?.p90 ?? 0))
  return (
    <section aria-labelledby="questions-title">
      <div className="analysis-section-bar">
        <h2 id="questions-title">By question</h2>
        <span className="spacer" />
        <label className="analysis-field">
          Figure
          <select className="field" value={metric} onChange={(change) => setMetric(change.target.value)}>
            {COMPARED_FIGURES.map((each) => (
              <option key={each.metric} value={each.metric}>
                {each.label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <table className="questions tabular">
        <thead>
          <tr>
            <th scope="col">Question</th>
            <th scope="col" className="number">
              Sessions
            </th>
            <th scope="col" className="number">
              Middle
            </th>
            <th scope="col" className="questions-spread">
              Middle half, and all but the outer tenths; 0 to {figure.format(highest)}
            </th>
          </tr>
        </thead>
        <tbody>
          {questions.map((group) => (
            <tr key={group.key ?? ''} data-chosen={group.key !== null && group.key === shownQuestion}>
              <th scope="row">
                {group.key === null ? (
                  <span className="quiet">Without a question</span>
                ) : (
                  <Link
                    className="theirs figure-link"
                    href={pathOfComparison({ ...filters, question: group.key })}
                    aria-current={group.key === shownQuestion ? 'true' : undefined}
                  >
                    {oneLine(group.key)}
                  </Link>
                )}
              </th>
              <td className="number">
                {count(group.sessionCount)}
                {group.sessionCount < FEW_SESSIONS && <span className="quiet"> (few)</span>}
              </td>
              <Spread group={group} figure={figure} highest={highest} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Spread({
  group,
  figure: { metric, format },
  highest,
}: {
  group: ComparisonData['questions'][number]
  figure: ComparedFigure
  highest: number
}) {
  const spread = group.metrics[metric]
  if (spread === undefined)
    return (
      <>
        <td className="number quiet">–</td>
        <td className="questions-spread quiet">No session has this figure</td>
      </>
    )
  const { p10, p25, p50, p75, p90 } = spread
  const percent = (value: number) => (highest === 0 ? 0 : (value / highest) * 100)
  const few = spread.count < FEW_SESSIONS
  return (
    <>
      <td className="number">{format(p50)}</td>
      <td className="questions-spread">
        <svg
          className="spread"
          viewBox="0 0 100 16"
          preserveAspectRatio="none"
          role="img"
          aria-label={`Half between ${format(p25)} and ${format(p75)}, all but the outer tenths between ${format(p10)} and ${format(p90)}`}
          data-few={few}
        >
          <rect
            className="spread-range"
            x={percent(p10)}
            y="7.5"
            width={Math.max(0.4, percent(p90 - p10))}
            height="1"
          />
          {!few && (
            <rect
              className="spread-half"
              x={percent(p25)}
              y="4"
              width={Math.max(0.4, percent(p75 - p25))}
              height="8"
            />
          )}
          <rect className="spread-middle" x={Math.max(0, percent(p50) - 0.3)} y="2" width="0.6" height="12" />
        </svg>
      </td>
    </>
  )
}
