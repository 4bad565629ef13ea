import type { ReactNode } from 'react'
import type { Presence } from '../../../protocol/socket-events.js'
import type { SessionDetails } from '../data/api.js'
import { pathOfAnalysis } from '../routing.js'
import { bytes, clock, counted, languageName } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { visibleText } from '../ui/visible-text.js'
import { type LiveState, presenceText, savedText } from './live-state.js'
import type { PlaybackMode } from './playback.js'

const MAX_TITLE_CHARS = 200

export interface SessionTitle {
  candidateId: string
  questionTitle: string | null
  language: string | null
}

interface PlayerHeaderProps {
  sessionId: string
  title: SessionTitle | null
  live: LiveState
  mode: PlaybackMode
  closed: boolean
  presence: Presence | null
  /** The server's time. */
  nowMs: number
  /** How far the picture is behind the present, by the viewer's own choice. */
  behindMs: number
  children: ReactNode
}

/** Whose interview this is, and how much of what is on screen is the present. */
export function PlayerHeader({
  sessionId,
  title,
  live,
  mode,
  closed,
  presence,
  nowMs,
  behindMs,
  children,
}: PlayerHeaderProps) {
  return (
    <header className="topbar player-header" data-closed={closed}>
      <Link href="/" className="button" aria-label="All sessions">
        <Icon name="back" />
      </Link>
      <h1 className="player-title one-line">
        {title === null ? (
          <span className="skeleton title-skeleton" />
        ) : (
          <>
            <span className="theirs">{visibleText(title.candidateId, MAX_TITLE_CHARS)}</span>
            {title.questionTitle !== null && (
              <span className="player-question theirs">
                {' '}
                {visibleText(title.questionTitle, MAX_TITLE_CHARS)}
              </span>
            )}
          </>
        )}
      </h1>
      {title !== null && title.language !== null && (
        <span className="chip theirs one-line">{visibleText(languageName(title.language), 40)}</span>
      )}
      <span className="spacer" />
      <Liveness live={live} mode={mode} behindMs={behindMs} />
      {presence !== null && live.kind !== 'disconnected' && !closed && (
        <PresenceFacts presence={presence} saysCandidate={live.kind !== 'offline'} nowMs={nowMs} />
      )}
      <Link href={pathOfAnalysis(sessionId)} className="button analysis-link">
        Analysis
      </Link>
      {children}
    </header>
  )
}

/** What is said aloud when it turns; the figures beside it change all the time. */
const SPOKEN: Record<LiveState['kind'] | 'past', string> = {
  loading: 'Loading',
  live: 'Live',
  behind: 'Behind the candidate',
  offline: 'The candidate is offline',
  disconnected: 'Reconnecting',
  closed: 'Recorded',
  past: 'Not live',
}

const TROUBLE: ReadonlySet<LiveState['kind'] | 'past'> = new Set(['behind', 'offline', 'disconnected'])

/** How much of what is shown is the present, in words. */
export function Liveness({
  live,
  mode,
  behindMs,
}: {
  live: LiveState
  mode: PlaybackMode
  behindMs: number
}) {
  const following = mode === 'following'
  // Looking at the past is the viewer's own doing; that the picture is not live must not look like a fault.
  const kind = live.kind === 'live' && !following ? 'past' : live.kind
  const text = kind === 'past' ? (mode === 'playing' ? 'Playing' : 'Paused') : live.text
  return (
    <span className="liveness" data-kind={kind}>
      <span className="visually-hidden" role="status">
        {SPOKEN[kind]}
      </span>
      {TROUBLE.has(kind) ? <Icon name="signal" /> : <span className="liveness-dot" aria-hidden="true" />}
      <span className="tabular">{text}</span>
      {kind === 'live' && live.detail !== undefined && (
        <span className="liveness-latency tabular">{live.detail}</span>
      )}
      {kind === 'past' && <span className="liveness-latency tabular">{clock(behindMs)} behind live</span>}
    </span>
  )
}

interface PresenceFactsProps {
  presence: Presence
  /** Whether it has to say how it is with the candidate. */
  saysCandidate: boolean
  nowMs: number
}

function PresenceFacts({ presence, saysCandidate, nowMs }: PresenceFactsProps) {
  const saved = savedText(presence)
  return (
    <span className="presence-facts tabular">
      {saysCandidate && (
        <span className="presence-candidate" data-presence={presence.candidate}>
          <span className="presence-dot" data-presence={presence.candidate} aria-hidden="true" />
          Candidate {presenceText(presence, nowMs)}
        </span>
      )}
      <span title={`${presence.committedSeq} of ${presence.headSeq} events are in the database`}>
        <Icon name={saved.all ? 'saved' : 'clock'} />
        {saved.text}
      </span>
      <span className="watchers" title={`Watching: ${presence.watchedBy.join(', ')}`}>
        <Icon name="eye" />
        {presence.watchers}
        <span className="visually-hidden"> watching </span>
        <span className="watcher-names theirs one-line">{presence.watchedBy.join(', ')}</span>
      </span>
    </span>
  )
}

/** What a closed session's row says about its keeping. */
export function ClosedFacts({ details }: { details: SessionDetails }) {
  const { status, eventCount, archive, archiveBytes } = details
  const words: Record<string, string> = {
    verified: archiveBytes === null ? 'Archived' : `Archived, ${bytes(archiveBytes)}`,
    pending: 'Archive pending, follows by itself',
    failed: 'Archive failed, will be tried again',
  }
  return (
    <span className="presence-facts tabular">
      <span className={status === 'ERROR' ? 'failure' : undefined}>{STATUS_WORDS[status] ?? status}</span>
      <span>{counted(eventCount, 'event')}</span>
      {words[archive] !== undefined && (
        <span className={archive === 'failed' ? 'failure' : undefined}>{words[archive]}</span>
      )}
    </span>
  )
}

export const STATUS_WORDS: Record<string, string> = {
  ACTIVE: 'Live',
  COMPLETED: 'Completed',
  ABANDONED: 'Abandoned',
  ERROR: 'Error',
}
