import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Backend } from '../data/backend.js'
import { pathOfSession } from '../routing.js'
import { FailureNotice, isMissingSession, SessionFailure } from '../ui/failure-notice.js'
import { counted, date, timeOfDay } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { ThemeButton } from '../ui/theme-button.js'
import { oneLine } from '../ui/visible-text.js'
import { explain, listCompared, loadSessionAnalysis, type SessionAnalysisData } from './analysis-api.js'
import type { ListSessions } from './compare/bar-sessions.js'
import { pathOfComparison } from './compare/filters.js'
import { activityPlot } from './plots/activity-plot.js'
import { codePlot } from './plots/code-plot.js'
import { focusPlot } from './plots/focus-plot.js'
import { PlotFigure } from './plots/plot-figure.js'
import type { PlotModel } from './plots/plot-model.js'
import { testsPlot } from './plots/tests-plot.js'
import { showWholeSession } from './plots/time-plot.js'
import { tokensPlot } from './plots/tokens-plot.js'
import { BreakdownFigure } from './session/breakdown-figure.js'
import { breakdownsOf } from './session/breakdowns.js'
import type { Explained } from './session/explained-moments.js'
import { SignalList } from './session/signal-list.js'
import { Standings } from './session/standings.js'
import { SummaryText } from './session/summary-text.js'
import { useLoaded } from './use-loaded.js'
import { Waiting } from './waiting.js'
import './analysis.css'
import './session/session.css'

/** What the numbers say of one interview: in sentences, over time, among others. */
export default function SessionAnalysis({ backend, sessionId }: { backend: Backend; sessionId: string }) {
  const load = useCallback(() => loadSessionAnalysis(backend, sessionId), [backend, sessionId])
  const { data, loading, failure, again } = useLoaded(load)
  useEffect(() => {
    document.title =
      data === null
        ? 'Analysis · InterviewLM Recorder'
        : `Analysis of ${data.session.candidateId} · InterviewLM Recorder`
  }, [data])
  // Of a session that was erased meanwhile nothing stays on the screen.
  if (failure !== null && (data === null || isMissingSession(failure)))
    return <SessionFailure failure={failure} title={NOT_READ} onRetry={again} />
  return (
    <div className="analysis">
      <header className="topbar analysis-bar">
        <Link href={pathOfSession(sessionId)} className="button" aria-label="Back to the recording">
          <Icon name="back" />
        </Link>
        <h1 className="analysis-title one-line">
          {data === null ? (
            <>
              <span className="visually-hidden">Analysis</span>
              <span className="skeleton title-skeleton" />
            </>
          ) : (
            <>
              <span className="theirs">{oneLine(data.session.candidateId)}</span>
              {data.session.questionTitle !== null && (
                <span className="analysis-question theirs"> {oneLine(data.session.questionTitle)}</span>
              )}
            </>
          )}
        </h1>
        <span className="spacer" />
        {data?.session.live && (
          <span className="chip chip-accent">
            Live when read at {timeOfDay(data.readAtMs)}, {counted(data.stats.totalEvents, 'event')}
          </span>
        )}
        {data?.session.live && (
          <button type="button" className="button" onClick={again} disabled={loading}>
            {loading ? 'Loading…' : 'Read again'}
          </button>
        )}
        <Link
          className="button"
          href={pathOfComparison({ session: sessionId, question: data?.session.questionKey ?? null })}
        >
          Compare
        </Link>
        <ThemeButton />
      </header>
      <main className="analysis-main" aria-busy={loading}>
        {failure !== null && (
          <FailureNotice failure={failure} title={NOT_READ} onRetry={again}>
            What is shown is from before.
          </FailureNotice>
        )}
        {data === null ? <Waiting of="session" /> : <Contents data={data} backend={backend} again={again} />}
      </main>
    </div>
  )
}

const NOT_READ = 'The numbers could not be read'

const PLOT_HEIGHT_PX = 148
const LANE_HEIGHT_PX = 72

interface ContentsProps {
  data: SessionAnalysisData
  backend: Backend
  again: () => void
}

function Contents({ data, backend, again }: ContentsProps) {
  const { session, stats, series, timeline } = data
  const plots = useMemo(
    (): { model: PlotModel | null; height: number; none: string }[] => [
      { model: codePlot(series), height: PLOT_HEIGHT_PX, none: 'Final code: there is none.' },
      { model: testsPlot(series), height: PLOT_HEIGHT_PX, none: 'Tests: none were run.' },
      { model: tokensPlot(series), height: PLOT_HEIGHT_PX, none: 'Assistant: it was not used.' },
      { model: activityPlot(timeline, stats), height: PLOT_HEIGHT_PX, none: 'Activity: there was none.' },
      {
        model: focusPlot(series, stats),
        height: LANE_HEIGHT_PX,
        none: 'Away from the page: no such time was recorded.',
      },
    ],
    [series, timeline, stats],
  )
  const [zoomed, setZoomed] = useState(false)
  const { firstEvent, lastEvent } = stats.activityTimeline
  const explained = useMemo(
    (): Explained => ({
      sessionId: session.id,
      firstMs: firstEvent ?? 0,
      explain: (number) => explain(backend, session.id, number),
    }),
    [backend, session.id, firstEvent],
  )
  const list: ListSessions = useCallback(
    (range, cursor) => {
      const { questionKey } = session
      return listCompared(backend, { ...(questionKey !== null && { question: questionKey }) }, range, cursor)
    },
    [backend, session],
  )
  return (
    <>
      <section className="analysis-summary" aria-labelledby="summary-title">
        <h2 id="summary-title" className="visually-hidden">
          In short
        </h2>
        <SummaryText data={data} />
        <p className="quiet tabular">
          Started {date(session.startTimeMs)}.
          {firstEvent !== null &&
            ' Every figure is computed from the recording alone and leads to its moment.'}
        </p>
        {firstEvent === null && (
          <p className="notice">
            <span>
              {session.live
                ? 'As soon as the candidate’s tab sends its first event, its numbers are here. Read again then.'
                : 'This session was closed without an event. If a tab recorded, its events never arrived.'}
            </span>
          </p>
        )}
      </section>
      {firstEvent !== null && lastEvent !== null && (
        <>
          <SignalList data={data} firstMs={firstEvent} onRetry={again} />
          <section className="plots" aria-labelledby="plots-title">
            <div className="analysis-section-bar">
              <h2 id="plots-title">Over time</h2>
              {zoomed ? (
                <button type="button" className="button button-outlined" onClick={showWholeSession}>
                  Show whole session
                </button>
              ) : (
                <p className="quiet plots-help">Click to open the recording there, drag to look closer.</p>
              )}
            </div>
            {plots.map(({ model, height, none }) =>
              model === null ? (
                <p key={none} className="plot-none quiet">
                  {none}
                </p>
              ) : (
                <PlotFigure
                  key={none}
                  model={model}
                  sessionId={session.id}
                  firstMs={firstEvent}
                  lastMs={lastEvent}
                  height={height}
                  onZoom={setZoomed}
                />
              ),
            )}
          </section>
          <section aria-labelledby="breakdowns-title">
            <div className="analysis-section-bar">
              <h2 id="breakdowns-title">What was done</h2>
            </div>
            <div className="distributions breakdowns">
              {breakdownsOf(data).map((breakdown) => (
                <BreakdownFigure key={breakdown.title} breakdown={breakdown} explained={explained} />
              ))}
            </div>
          </section>
          <Standings data={data} explained={explained} list={list} />
        </>
      )}
    </>
  )
}
