import { counted } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import type { SessionAnalysisData } from '../analysis-api.js'
import type { ListSessions } from '../compare/bar-sessions.js'
import { DistributionFigure } from '../compare/distribution-figure.js'
import { pathOfComparison } from '../compare/filters.js'
import { COMPARED_FIGURES } from '../figures.js'
import { FEW_SESSIONS } from '../standing.js'
import { type Explained, ExplainedMoments } from './explained-moments.js'

/** Where this session stands among those of its question. */
export function Standings({
  data: { session, comparison },
  explained,
  list,
}: {
  data: SessionAnalysisData
  explained: Explained
  /** Of the sessions of the same question. */
  list: ListSessions
}) {
  return (
    <section aria-labelledby="standings-title">
      <div className="analysis-section-bar">
        <h2 id="standings-title">Among sessions of this question</h2>
        {comparison !== null && (
          <Link
            className="button button-outlined"
            href={pathOfComparison({ session: session.id, question: session.questionKey })}
          >
            Compare
          </Link>
        )}
      </div>
      {comparison === null ? (
        <p className="quiet">
          This session names no question, so there is nothing to compare it with. A session that is created
          with a question is compared with all others of the same id or title.
        </p>
      ) : comparison.sessionCount < 2 ? (
        <p className="quiet">
          No other session of this question is there to compare with. From five on, each figure shows where
          this one stands.
        </p>
      ) : (
        <>
          {comparison.sessionCount < FEW_SESSIONS && (
            <p className="quiet standings-few">
              {counted(comparison.sessionCount, 'session')} of this question: too few to tell a distribution,
              so each is shown as a point.
            </p>
          )}
          <div className="distributions">
            {COMPARED_FIGURES.filter(({ metric }) => comparison.session?.metrics[metric] !== undefined).map(
              (figure) => (
                <DistributionFigure
                  key={figure.metric}
                  figure={figure}
                  statistics={comparison}
                  ofQuestion
                  list={list}
                >
                  <ExplainedMoments numbers={[figure]} of={figure.label} explained={explained} />
                </DistributionFigure>
              ),
            )}
          </div>
        </>
      )}
    </section>
  )
}
