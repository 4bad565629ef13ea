import type { ReactNode } from 'react'
import type { Presence } from '../../../protocol/socket-events.js'
import type { SessionDetails } from '../data/api.js'
import { pathOfAnalysis } from '../routing.js'
import { bytes, counted, languageName } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import { visibleText } from '../ui/visible-text.js'
import { type LiveState, presenceText, savedText } from './live-state.js'
import { Liveness } from './liveness.js'
import type { PlaybackMode } from './playback.js'
import { Watchers } from './watchers.js'

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
  /** The highest seq in the player. */
  appliedSeq: number
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
  appliedSeq,
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
        <PresenceFacts
          presence={presence}
          appliedSeq={appliedSeq}
          saysCandidate={live.kind !== 'offline'}
          nowMs={nowMs}
        />
      )}
      <Link href={pathOfAnalysis(sessionId)} className="button analysis-link">
        Analysis
      </Link>
      {children}
    </header>
  )
}

interface PresenceFactsProps {
  presence: Presence
  appliedSeq: number
  /** Whether it has to say how it is with the candidate. */
  saysCandidate: boolean
  nowMs: number
}

function PresenceFacts({ presence, appliedSeq, saysCandidate, nowMs }: PresenceFactsProps) {
  const saved = savedText(presence, appliedSeq)
  return (
    <span className="presence-facts tabular">
      {saysCandidate && (
        <span className="presence-candidate" data-presence={presence.candidate}>
          <span className="presence-dot" data-presence={presence.candidate} aria-hidden="true" />
          Candidate {presenceText(presence, nowMs)}
        </span>
      )}
      <span title={saved.detail}>
        <Icon name={saved.all ? 'saved' : 'clock'} />
        {saved.text}
      </span>
      <Watchers count={presence.watchers} names={presence.watchedBy} />
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
