import { memo } from 'react'
import type { TestTally } from '../../../../protocol/socket-events.js'
import { pathOfSession } from '../../routing.js'
import { clock, counted, languageName } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { Link } from '../../ui/link.js'
import { useNow } from '../../ui/use-now.js'
import { oneLine } from '../../ui/visible-text.js'
import { type Attention, presenceWords, signalWords, timeLeftMs, timeLeftText } from '../live/attention.js'
import type { LiveSession } from '../live/live-sessions.js'
import { CodeTail } from './code-tail.js'
import { noCodeWords, noCommandWords } from './empty-words.js'
import { Sparkline } from './sparkline.js'

interface SessionCardProps {
  session: LiveSession
  attention: Attention
  /** Events per ten seconds, the last ten minutes. */
  activity: (number | null)[]
  /** The server's time minus this computer's. */
  offsetMs: number
  /** This computer's time when the session was last looked at. */
  atMs: number
  width: number
  tabIndex: number
  onFocus: () => void
}

/** One live interview: what is being typed and run, who, how far, how busy, and why to look, if there is a reason. */
export const SessionCard = memo(function SessionCard({
  session: { summary, preview, seen },
  attention: { reasons },
  activity,
  offsetMs,
  atMs,
  width,
  tabIndex,
  onFocus,
}: SessionCardProps) {
  const title = oneLine(summary.questionTitle ?? 'Interview')
  const candidate = oneLine(summary.candidateId)
  const presence = summary.status === 'ACTIVE' ? presenceWords(summary, seen, atMs + offsetMs, atMs) : 'Ended'
  const run = preview?.tests ?? summary.facts?.tests ?? null
  // A run that has just begun has nothing to say yet.
  const tests = run !== null && run.passed + run.failed > 0 ? run : null
  const facts = [
    ...reasons,
    ...(summary.facts === null ? [] : signalWords(summary.facts)),
    testWords(tests),
    summary.watchers > 0 && counted(summary.watchers, 'person watches', 'people watch'),
  ].filter((line) => line !== '' && line !== false)
  return (
    <div
      className="card"
      data-attention={reasons.length > 0}
      data-ended={summary.status !== 'ACTIVE'}
      data-session-id={summary.id}
    >
      <span className="card-head">
        <span className="presence-dot" data-presence={summary.candidate} />
        <Link
          href={pathOfSession(summary.id)}
          className="card-link theirs one-line"
          tabIndex={tabIndex}
          onFocus={onFocus}
          title={facts.join('\n')}
        >
          {title}
          <span className="visually-hidden">
            , {candidate}, {presence}. {facts.join('. ')}
          </span>
        </Link>
        {summary.language !== null && (
          <span className="chip theirs one-line">{languageName(oneLine(summary.language, 24))}</span>
        )}
        <TimeLeft session={summary} offsetMs={offsetMs} />
      </span>
      <span className="card-line">
        <span className="theirs one-line">{candidate}</span>
        {summary.watchers > 0 && (
          <span className="card-watchers tabular" aria-hidden="true">
            <Icon name="eye" />
            {summary.watchers}
          </span>
        )}
      </span>
      <CodeTail
        code={preview?.code ?? null}
        empty={noCodeWords(summary.eventCount, preview)}
        cardWidth={width}
      />
      <span className="card-command">
        {preview?.command ? (
          <>
            <span className="card-prompt">$</span>
            <span className="card-command-text theirs one-line">{oneLine(preview.command.text)}</span>
            {!preview.command.isDone && <span className="quiet">runs</span>}
          </>
        ) : (
          <span className="card-command-text quiet one-line">{noCommandWords(preview)}</span>
        )}
        {tests !== null && <Tally tests={tests} />}
      </span>
      <span className="card-activity">
        <Sparkline values={activity} />
        <Signals session={summary} />
      </span>
      <span className="card-foot tabular">
        {reasons.length > 0 ? (
          <span className="card-reason">
            <Icon name="signal" />
            <span className="one-line">{reasons.join(' · ')}</span>
          </span>
        ) : (
          <span className="one-line">{presence}</span>
        )}
      </span>
      <TimeBar session={summary} nowMs={atMs + offsetMs} />
    </div>
  )
})

const testWords = (tests: TestTally | null): string =>
  tests === null ? '' : `Tests: ${tests.passed} passed, ${tests.failed} failed`

function Tally({ tests }: { tests: TestTally }) {
  return (
    <span className="card-tally tabular" aria-hidden="true">
      <span data-passed={tests.passed > 0}>✓{tests.passed}</span>
      <span data-failed={tests.failed > 0}>✗{tests.failed}</span>
    </span>
  )
}

function Signals({ session: { facts } }: { session: LiveSession['summary'] }) {
  if (facts === null) return null
  const signals = facts.longPastes + facts.tabAwayCount + facts.secondTabs
  return (
    <span className="card-signals tabular">
      <span className={facts.aiPrompts === 0 ? 'quiet' : undefined}>AI {facts.aiPrompts}</span>
      {signals > 0 && (
        <span className="card-signal" aria-hidden="true">
          {facts.longPastes > 0 && `paste ${facts.longPastes}`}
          {facts.longPastes > 0 && facts.tabAwayCount > 0 && ' · '}
          {facts.tabAwayCount > 0 && `away ${facts.tabAwayCount}`}
          {facts.longPastes + facts.tabAwayCount === 0 && `two tabs`}
        </span>
      )}
    </span>
  )
}

/** Turns by itself, every second: the rest of the card changes only when there is something to say. */
function TimeLeft({ session, offsetMs }: { session: LiveSession['summary']; offsetMs: number }) {
  const nowMs = useNow() + offsetMs
  const leftMs = timeLeftMs(session, nowMs)
  return (
    <span className="card-clock tabular" data-over={leftMs !== null && leftMs < 0}>
      {leftMs === null ? clock(Math.max(0, nowMs - session.startTimeMs)) : timeLeftText(leftMs)}
    </span>
  )
}

function TimeBar({ session, nowMs }: { session: LiveSession['summary']; nowMs: number }) {
  const leftMs = timeLeftMs(session, nowMs)
  const limitMs = (session.timeLimit ?? 0) * 1000
  const used = leftMs === null || limitMs === 0 ? 0 : Math.min(1, Math.max(0, 1 - leftMs / limitMs))
  return (
    <span className="time-bar" data-over={leftMs !== null && leftMs < 0} aria-hidden="true">
      <span style={{ transform: `scaleX(${used.toFixed(3)})` }} />
    </span>
  )
}
