import { useCallback, useEffect, useMemo } from 'react'
import type { Backend } from '../data/backend.js'
import { goTo, pathOfAnalysis, useSearch } from '../routing.js'
import { FailureNotice } from '../ui/failure-notice.js'
import { count, counted } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { ThemeButton } from '../ui/theme-button.js'
import { oneLine } from '../ui/visible-text.js'
import { type ComparisonData, listCompared, loadComparison } from './analysis-api.js'
import type { ListSessions } from './compare/bar-sessions.js'
import { DistributionFigure } from './compare/distribution-figure.js'
import { FilterBar } from './compare/filter-bar.js'
import { boundsOf, type Filters, pathOfComparison, readFilters } from './compare/filters.js'
import { QuestionTable } from './compare/question-table.js'
import { COMPARED_FIGURES } from './figures.js'
import { FEW_SESSIONS } from './standing.js'
import { useLoaded } from './use-loaded.js'
import { Waiting } from './waiting.js'
import './analysis.css'

/** Sessions side by side: how the main figures are distributed, and where one session stands. */
export default function Comparison({ backend }: { backend: Backend }) {
  const search = useSearch()
  const filters = useMemo(() => readFilters(search), [search])
  // What is shown names what it was loaded for: other filters may be chosen by then, and their answer fail.
  const load = useCallback(
    async () => ({
      filters,
      ...(await loadComparison(backend, {
        ...comparedBy(filters),
        ...(filters.session !== null && { sessionId: filters.session }),
      })),
    }),
    [backend, filters],
  )
  const { data, loading, failure, again } = useLoaded(load)
  useEffect(() => {
    document.title = 'Sessions side by side · InterviewLM Recorder'
  }, [])
  const change = (changed: Partial<Filters>) => goTo(pathOfComparison({ ...filters, ...changed }))
  return (
    <div className="analysis">
      <header className="topbar analysis-bar">
        <Link href="/" className="button" aria-label="All sessions">
          <Icon name="back" />
        </Link>
        <h1 className="analysis-title one-line">Sessions side by side</h1>
        <span className="spacer" />
        <ThemeButton />
      </header>
      <main className="analysis-main" aria-busy={loading}>
        <FilterBar
          filters={filters}
          questions={data?.questions ?? []}
          marked={data?.marked?.id === filters.session ? (data?.marked ?? null) : null}
          onChange={change}
        />
        {failure !== null && (
          <FailureNotice failure={failure} title="The numbers could not be read" onRetry={again}>
            {data !== null && 'What is shown is from before.'}
          </FailureNotice>
        )}
        {data !== null ? (
          <Contents data={data} chosenFilters={filters} backend={backend} />
        ) : (
          failure === null && <Waiting of="comparison" />
        )}
      </main>
    </div>
  )
}

const comparedBy = ({ question, ...days }: Filters) => ({
  ...boundsOf(days),
  ...(question !== null && { question }),
})

function Contents({
  data: { chosen, marked, questions, filters },
  chosenFilters,
  backend,
}: {
  data: ComparisonData & { filters: Filters }
  /** Those of the address; the data may be of earlier ones. */
  chosenFilters: Filters
  backend: Backend
}) {
  const list: ListSessions = useCallback(
    (range, cursor) => listCompared(backend, comparedBy(filters), range, cursor),
    [backend, filters],
  )
  const filtered = filters.question !== null || filters.from !== null || filters.to !== null
  if (chosen.sessionCount === 0) return <Empty filtered={filtered} />
  const questionName = marked?.questionKey === filters.question ? marked?.questionTitle : filters.question
  const shown = COMPARED_FIGURES.filter(({ metric }) => chosen.metrics[metric] !== undefined)
  return (
    <>
      <section className="analysis-summary" aria-labelledby="compared-title">
        <h2 id="compared-title" className="visually-hidden">
          What is compared
        </h2>
        <p className="summary-text">
          {chosen.truncated ? 'The newest ' : ''}
          {counted(chosen.sessionCount, 'session')}
          {filters.question !== null && (
            <>
              {' '}
              of <span className="theirs">{oneLine(questionName ?? '')}</span>
            </>
          )}
          {chosen.sessionCount < FEW_SESSIONS
            ? ': too few to tell a distribution, so each is shown as a point. '
            : '. '}
          {marked !== null && (
            <>
              <Link className="figure-link theirs" href={pathOfAnalysis(marked.id)}>
                {oneLine(marked.candidateId)}
              </Link>{' '}
              is marked.
            </>
          )}
        </p>
      </section>
      <section aria-labelledby="figures-title">
        <h2 id="figures-title" className="visually-hidden">
          Distributions
        </h2>
        <div className="distributions">
          {shown.map((figure) => (
            <DistributionFigure
              key={figure.metric}
              figure={figure}
              statistics={chosen}
              ofQuestion={filters.question !== null}
              list={list}
            />
          ))}
        </div>
      </section>
      {questions.length > 0 && (
        <QuestionTable questions={questions} shownQuestion={filters.question} filters={chosenFilters} />
      )}
      {chosen.truncated && (
        <p className="quiet">
          Of more than {count(chosen.sessionCount)} sessions only the newest are compared.
        </p>
      )}
    </>
  )
}

function Empty({ filtered }: { filtered: boolean }) {
  return (
    <div className="notice analysis-empty">
      <Icon name="search" />
      <div>
        <strong>{filtered ? 'No session fits these filters' : 'There are no analysed sessions yet'}</strong>
        {filtered ? (
          <p>Choose other days or another question, or look at all sessions.</p>
        ) : (
          <p>
            A session is compared once it is closed, or once its analysis was opened. To see some, run{' '}
            <code className="command">
              npm run simulate -- <span>--sessions 12</span> <span>--speed max</span>
            </code>
          </p>
        )}
        {filtered && (
          <p className="notice-actions">
            <Link href="/analysis" className="button button-outlined">
              Show all sessions
            </Link>
          </p>
        )}
      </div>
    </div>
  )
}
