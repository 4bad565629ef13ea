import { type ReactNode, useEffect, useSyncExternalStore } from 'react'
import { factsOf } from '../player/live-facts.js'
import { type LiveState, liveState } from '../player/live-state.js'
import { Liveness } from '../player/liveness.js'
import type { PlaybackView } from '../player/playback.js'
import { RecordingPlayer } from '../player/recording-player.js'
import { languageName } from '../ui/format.js'
import { RetryNotice } from '../ui/retry-notice.js'
import { useNow } from '../ui/use-now.js'
import { visibleText } from '../ui/visible-text.js'
import type { OpenedSession, Standing } from './opened-session.js'
import { useSessionReview } from './use-session-review.js'

const MAX_TITLE_CHARS = 200

/** A session in somebody else's page: to look at, with nothing that changes it. */
export function EmbeddedPlayer({ session }: { session: OpenedSession }) {
  const { playback } = session
  const view = useSyncExternalStore(playback.subscribe, playback.current)
  const standing = useSyncExternalStore(session.subscribe, session.standing)
  const { live, whole, fed, failure } = standing
  useEffect(() => playback.setLive(live), [playback, live])
  const review = useSessionReview(session, standing)
  const browserNowMs = useNow()
  const offsetMs = session.offsetMs()
  const { startMs, endMs, eventCount } = view.overview
  if (failure !== null) return <Failure failure={failure} onRetry={session.retry} />
  const axisEndMs = live && startMs > 0 ? Math.max(endMs, browserNowMs + offsetMs) : endMs
  return (
    <RecordingPlayer
      playback={playback}
      view={view}
      live={live}
      axisEndMs={axisEndMs}
      waiting={!whole && eventCount === 0}
      review={review}
      link={null}
      header={(helpButton) => (
        <Header
          view={view}
          liveness={fed === null ? null : liveState(factsOf(fed, browserNowMs, offsetMs))}
          behindMs={Math.max(0, axisEndMs - view.atMs)}
          helpButton={helpButton}
        />
      )}
      onRetry={session.retry}
    />
  )
}

function Header({
  view,
  liveness,
  behindMs,
  helpButton,
}: {
  view: PlaybackView
  /** Null where there is nothing that could be live. */
  liveness: LiveState | null
  behindMs: number
  helpButton: ReactNode
}) {
  const { questionTitle = null, language = null } = view.state.session ?? {}
  return (
    <header className="topbar player-header">
      <h2 className="player-title one-line theirs">
        {questionTitle === null ? 'Recorded interview' : visibleText(questionTitle, MAX_TITLE_CHARS)}
      </h2>
      {language !== null && (
        <span className="chip theirs one-line">{visibleText(languageName(language), 40)}</span>
      )}
      <span className="spacer" />
      {liveness !== null && liveness.kind !== 'closed' && (
        <Liveness live={liveness} mode={view.mode} behindMs={behindMs} />
      )}
      {helpButton}
    </header>
  )
}

/** What happened, what it means for the recording, what to do. */
export function Failure({
  failure: { code, message },
  onRetry,
}: {
  failure: NonNullable<Standing['failure']>
  onRetry: () => void
}) {
  return (
    <div className="failure-screen">
      <RetryNotice tone="failure" title="This session could not be opened" onRetry={onRetry}>
        No recording is affected.{' '}
        {code !== null && code !== 'UNREACHABLE' && (
          <>
            <code>{code}</code>:{' '}
          </>
        )}
        <span className="theirs">{visibleText(message, 500)}</span>
      </RetryNotice>
    </div>
  )
}
