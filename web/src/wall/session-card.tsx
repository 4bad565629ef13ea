import type { SessionSummary } from '../../../protocol/socket-events.js'
import { presenceText } from '../player/live-state.js'
import { pathOfSession } from '../routing.js'
import { clock, counted, languageName } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { attention, timeLeftMs, timeLeftText } from './attention.js'
import { Sparkline } from './sparkline.js'

interface SessionCardProps {
  session: SessionSummary
  /** Events per ten seconds, the last ten minutes. */
  activity: (number | null)[]
  /** The server's time. */
  nowMs: number
}

/** One live interview: who, what, how far, how busy, and why to look, if there is a reason. */
export function SessionCard({ session, activity, nowMs }: SessionCardProps) {
  const { reasons } = attention(session, nowMs)
  const leftMs = timeLeftMs(session, nowMs)
  const leftText = leftMs === null || leftMs < 0 ? null : timeLeftText(leftMs)
  const elapsedMs = Math.max(0, nowMs - session.startTimeMs)
  const title = session.questionTitle ?? 'Interview'
  return (
    <Link
      href={pathOfSession(session.id)}
      className="card"
      data-attention={reasons.length > 0}
      data-session-id={session.id}
      aria-label={`${session.candidateId}, ${title}, ${presenceText(session, nowMs)}${reasons.length > 0 ? `. ${reasons.join('. ')}` : ''}`}
    >
      <span className="card-head">
        <span className="presence-dot" data-presence={session.candidate} />
        <span className="card-title theirs one-line">{title}</span>
        {session.language !== null && <span className="chip theirs">{languageName(session.language)}</span>}
        <span className="card-clock tabular">{clock(elapsedMs)}</span>
      </span>
      <span className="card-line">
        <span className="theirs one-line">{session.candidateId}</span>
        <span className="quiet tabular">{counted(session.eventCount, 'event')}</span>
      </span>
      <Sparkline values={activity} />
      <span className="card-foot tabular">
        {reasons.length > 0 ? (
          <span className="card-reason" title={reasons.join('\n')}>
            <Icon name="signal" />
            <span className="one-line">{reasons.join(' · ')}</span>
          </span>
        ) : (
          <span className="one-line">{presenceText(session, nowMs)}</span>
        )}
        <span className="spacer" />
        {leftText !== null && !reasons.includes(leftText) && <span>{leftText}</span>}
        {session.watchers > 0 && (
          <span className="card-watchers" title="People watching">
            <Icon name="eye" />
            {session.watchers}
          </span>
        )}
      </span>
      <TimeBar limitMs={session.timeLimit === null ? null : session.timeLimit * 1000} leftMs={leftMs} />
    </Link>
  )
}

function TimeBar({ limitMs, leftMs }: { limitMs: number | null; leftMs: number | null }) {
  const used = limitMs === null || leftMs === null || limitMs === 0 ? 0 : Math.min(1, 1 - leftMs / limitMs)
  return (
    <span className="time-bar" data-over={leftMs !== null && leftMs < 0} aria-hidden="true">
      <span style={{ transform: `scaleX(${Math.max(0, used)})` }} />
    </span>
  )
}
