import { useEffect, useState, useSyncExternalStore } from 'react'
import { createWatcher } from '../../../client-sdk/src/index.js'
import { openRecordingReplayer } from '../../../replay/index.js'
import { signOutWhenRefused } from '../auth/sign-in-state.js'
import { readClaims } from '../auth/token.js'
import type { Backend } from '../data/backend.js'
import { serviceSource } from '../data/recording-source.js'
import { SessionFailure } from '../ui/failure-notice.js'
import { ThemeButton } from '../ui/theme-button.js'
import { useNow } from '../ui/use-now.js'
import { ProctorActions } from './actions/proctor-actions.js'
import { factsOf, isClosed, isWhole } from './live-facts.js'
import { liveReplayer } from './live-replayer.js'
import { liveState } from './live-state.js'
import { Playback } from './playback.js'
import { ClosedFacts, PlayerHeader, type SessionTitle } from './player-header.js'
import { RecordingPlayer } from './recording-player.js'
import { type FeedView, SessionFeed } from './session-feed.js'
import type { SideTab } from './side/side-pane.js'
import { useReview } from './side/use-review.js'
import { useMomentLink } from './use-moment-link.js'

interface Opened {
  playback: Playback
  feed: SessionFeed
}

/** One session, live or recorded: its panes on one clock. */
export default function Player({ backend, sessionId }: { backend: Backend; sessionId: string }) {
  const [opened, setOpened] = useState<Opened | null>(null)
  useEffect(() => {
    const replayer = liveReplayer()
    const playback = new Playback(replayer)
    const feed = new SessionFeed({
      ...backend,
      sessionId,
      replayer,
      watch: createWatcher,
      openRecording: (id) => openRecordingReplayer(serviceSource(backend, id)),
      onRecording: (recording) => {
        playback.source.close()
        playback.use(recording)
      },
    })
    setOpened({ playback, feed })
    void feed.start()
    return () => {
      feed.stop()
      playback.stop()
      playback.source.close()
    }
  }, [backend, sessionId])
  return opened === null ? null : <OpenPlayer backend={backend} sessionId={sessionId} {...opened} />
}

function OpenPlayer({
  backend,
  sessionId,
  playback,
  feed,
}: Opened & { backend: Backend; sessionId: string }) {
  const view = useSyncExternalStore(playback.subscribe, playback.current)
  const fed = useSyncExternalStore(feed.subscribe, feed.current)
  const [tab, setTab] = useState<SideTab>('chat')
  const [notedCount, setNotedCount] = useState(0)
  const browserNowMs = useNow()
  const { offsetMs } = backend.clock
  const nowMs = browserNowMs + offsetMs

  const refusal = fed.failure?.code
  useEffect(() => {
    signOutWhenRefused(refusal)
  }, [refusal])
  const { details } = fed
  const closed = isClosed(fed)
  useEffect(() => playback.setLive(!closed), [playback, closed])
  const review = useReview(backend.api, sessionId, `${tab} ${closed} ${notedCount}`)
  const live = liveState(factsOf(fed, browserNowMs, offsetMs))
  const { startMs, endMs, eventCount } = view.overview
  const axisEndMs = closed || startMs === 0 ? endMs : Math.max(endMs, nowMs)
  const waiting = eventCount === 0 && (live.kind === 'loading' || fed.connection === 'unanswered')
  useTitle(details)
  const link = useMomentLink(playback, view, isWhole(fed))

  if (fed.failure !== null)
    return (
      <SessionFailure
        failure={fed.failure}
        title="This session could not be loaded"
        onRetry={() => location.reload()}
      />
    )
  return (
    <RecordingPlayer
      isPage
      playback={playback}
      view={view}
      live={details !== null && !closed}
      axisEndMs={axisEndMs}
      waiting={waiting}
      review={review}
      link={link}
      onTab={setTab}
      onRetry={() => (closed ? void feed.open() : playback.retry())}
      header={(helpButton) => (
        <PlayerHeader
          sessionId={sessionId}
          title={titleOf(fed, view.state.session)}
          live={live}
          mode={view.mode}
          closed={closed}
          presence={fed.presence}
          appliedSeq={fed.appliedSeq}
          nowMs={nowMs}
          behindMs={Math.max(0, axisEndMs - view.atMs)}
        >
          {details !== null && closed && <ClosedFacts details={details} />}
          {details !== null && (
            <ProctorActions
              closed={closed}
              verbs={feed.verbs}
              annotate={(note) => backend.api.annotate(sessionId, note)}
              onNoted={() => setNotedCount((count) => count + 1)}
              candidateId={details.candidateId}
              draftKey={`${readClaims(backend.token)?.sub ?? ''}/${sessionId}`}
              startMs={startMs}
              atMs={eventCount === 0 || (!closed && view.mode === 'following') ? null : view.atMs}
              serverNowMs={() => backend.clock.nowMs()}
            />
          )}
          {helpButton}
          <ThemeButton />
        </PlayerHeader>
      )}
    />
  )
}

/** The row knows who; what is recorded knows the question, also where the platform sent none. */
function titleOf(
  fed: FeedView,
  recorded: { questionTitle: string | null; language: string | null } | null,
): SessionTitle | null {
  if (fed.details === null) return null
  return {
    candidateId: fed.details.candidateId,
    questionTitle: fed.details.questionTitle ?? recorded?.questionTitle ?? null,
    language: fed.details.language ?? recorded?.language ?? null,
  }
}

function useTitle(details: FeedView['details']): void {
  useEffect(() => {
    document.title =
      details === null ? 'InterviewLM Recorder' : `${details.candidateId} · InterviewLM Recorder`
  }, [details])
}
