import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { flushSync } from 'react-dom'
import { createWatcher } from '../../../client-sdk/src/index.js'
import { MemoryReplayer, openRecordingReplayer } from '../../../replay/index.js'
import { signOutWhenRefused } from '../auth/sign-in-state.js'
import type { Backend } from '../data/backend.js'
import { serviceSource } from '../data/recording-source.js'
import { HelpDialog } from '../ui/help-dialog.js'
import { Icon } from '../ui/icon.js'
import { ThemeButton } from '../ui/theme-button.js'
import { useKeys } from '../ui/use-keys.js'
import { useMedia } from '../ui/use-media.js'
import { useNow } from '../ui/use-now.js'
import { ProctorActions } from './actions/proctor-actions.js'
import { type CodeMode, CodePane } from './code/code-pane.js'
import { useFind } from './find/use-find.js'
import { liveState } from './live-state.js'
import { Playback } from './playback.js'
import { PlayerFailure } from './player-failure.js'
import { ClosedFacts, PlayerHeader, type SessionTitle } from './player-header.js'
import { PLAYER_SHORTCUTS, playerKeys } from './player-keys.js'
import { type FeedView, SessionFeed } from './session-feed.js'
import { SidePane, type SideTab } from './side/side-pane.js'
import { useReview } from './side/use-review.js'
import { TerminalPane } from './terminal/terminal-pane.js'
import { Timeline } from './timeline/timeline.js'
import { Transport } from './transport.js'
import { useMomentLink } from './use-moment-link.js'
import './player.css'

type NarrowPane = 'code' | 'terminal' | 'side'

interface Opened {
  playback: Playback
  feed: SessionFeed
}

/** One session, live or recorded: its panes on one clock. */
export default function Player({ backend, sessionId }: { backend: Backend; sessionId: string }) {
  const [opened, setOpened] = useState<Opened | null>(null)
  useEffect(() => {
    const replayer = new MemoryReplayer()
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
  const [narrowPane, setNarrowPane] = useState<NarrowPane>('code')
  const [helping, setHelping] = useState(false)
  const [follows, setFollows] = useState(true)
  const [codeMode, setCodeMode] = useState<CodeMode>('code')
  const narrow = useMedia('(max-width: 899px)')
  const nowMs = useNow() + backend.clock.offsetMs

  const refusal = fed.failure?.code
  useEffect(() => {
    signOutWhenRefused(refusal)
  }, [refusal])
  const { details } = fed
  const closed = details !== null && details.status !== 'ACTIVE'
  useEffect(() => playback.setLive(!closed), [playback, closed])
  const review = useReview(backend.api, sessionId, `${tab} ${closed}`)
  const live = liveState(factsOf(fed, nowMs - backend.clock.offsetMs, closed))
  const { startMs, endMs, eventCount } = view.overview
  const axisEndMs = closed || startMs === 0 ? endMs : Math.max(endMs, nowMs)
  const waiting = live.kind === 'loading' && eventCount === 0
  useTitle(details)
  const find = useFind(playback, view, !closed)
  // A hit in code is shown where it came about, whichever file was in front.
  const chosenCode = find.chosen?.place === 'code' ? find.chosen : null
  useEffect(() => {
    if (chosenCode !== null) setFollows(true)
  }, [chosenCode])
  const findInput = useRef<HTMLInputElement>(null)
  const { copyLink, copied } = useMomentLink(playback, view, isWhole(fed, closed))
  const openFind = () => {
    // Drawn at once: what is not there yet can't take the focus.
    flushSync(() => {
      setTab('find')
      setNarrowPane('side')
    })
    findInput.current?.focus()
    findInput.current?.select()
  }
  useKeys(
    playerKeys({
      playback,
      onTab: (next) => (next === 'find' ? openFind() : setTab(next)),
      onFind: openFind,
      onFollow: () => setFollows((before) => !before),
      onChanges: () => setCodeMode((before) => (before === 'code' ? 'changes' : 'code')),
      onCopyLink: copyLink,
      onHelp: () => setHelping(true),
    }),
  )

  if (fed.failure !== null) return <PlayerFailure failure={fed.failure} />
  const empty = waiting
    ? 'Loading…'
    : view.mode !== 'following'
      ? 'Nothing up to this moment.'
      : closed
        ? 'Nothing in this recording.'
        : 'Nothing yet. It shows here as it happens.'
  return (
    <div className="player" data-narrow-pane={narrow ? narrowPane : undefined}>
      <PlayerHeader
        title={titleOf(fed, view.state.session)}
        live={live}
        mode={view.mode}
        closed={closed}
        presence={fed.presence}
        nowMs={nowMs}
        latencyMs={fed.latencyMs}
        behindMs={Math.max(0, axisEndMs - view.atMs)}
      >
        {closed && <ClosedFacts details={details} />}
        {details !== null && !closed && (
          <ProctorActions
            verbs={feed.verbs}
            candidateId={details.candidateId}
            atMs={view.mode === 'following' ? null : view.atMs}
          />
        )}
        <button
          type="button"
          className="button"
          onClick={() => setHelping(true)}
          title="Keyboard (?)"
          aria-label="Keyboard shortcuts"
        >
          <Icon name="keyboard" />
        </button>
        <ThemeButton />
      </PlayerHeader>
      {narrow && <NarrowTabs pane={narrowPane} onPane={setNarrowPane} />}
      <main className="panes" aria-busy={waiting}>
        {(!narrow || narrowPane === 'code') && (
          <CodePane
            playback={playback}
            view={view}
            empty={empty}
            mode={codeMode}
            onMode={setCodeMode}
            follows={follows}
            onFollows={setFollows}
            foundText={tab === 'find' ? find.text : ''}
          />
        )}
        {(!narrow || narrowPane === 'terminal') && (
          <TerminalPane state={view.state} startMs={startMs} empty={empty} />
        )}
        {(!narrow || narrowPane === 'side') && (
          <SidePane
            tab={tab}
            onTab={setTab}
            state={view.state}
            startMs={startMs}
            live={!closed}
            isWaiting={waiting}
            isPast={view.mode !== 'following' && view.atMs < endMs}
            review={review}
            onGo={(atMs) => playback.seek(atMs)}
            find={find}
            findInput={findInput}
          />
        )}
      </main>
      <footer className="player-footer">
        {view.loadFailure !== null && (
          <LoadFailure
            message={view.loadFailure}
            onRetry={() => (closed ? void feed.open() : playback.retry())}
          />
        )}
        <Timeline
          playback={playback}
          view={view}
          axisEndMs={axisEndMs}
          hits={find.moments}
          chosenHitMs={find.chosen?.atMs ?? null}
        />
        <Transport
          playback={playback}
          view={view}
          lengthMs={Math.max(0, axisEndMs - startMs)}
          live={!closed}
          onCopyLink={copyLink}
          copied={copied}
        />
      </footer>
      {helping && <HelpDialog shortcuts={PLAYER_SHORTCUTS} onClose={() => setHelping(false)} />}
    </div>
  )
}

/** The moment under the playhead did not come; the recording is not affected, and the panes show what they did before. */
function LoadFailure({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <p className="load-failure" role="alert">
      <span>
        This moment could not be loaded, so the panes still show another.{' '}
        <span className="theirs">{message}</span>
      </span>
      <button type="button" className="button button-outlined" onClick={onRetry}>
        Try again
      </button>
    </p>
  )
}

/** Whether all that there is has come: a moment that is not there now will not come later. */
const isWhole = (fed: FeedView, closed: boolean): boolean =>
  closed
    ? fed.connection === 'over'
    : fed.presence !== null && fed.connection === 'connected' && fed.appliedSeq >= fed.presence.headSeq

const NARROW_PANES: [NarrowPane, string][] = [
  ['code', 'Code'],
  ['terminal', 'Terminal'],
  ['side', 'Chat, tests, find'],
]

function NarrowTabs({ pane, onPane }: { pane: NarrowPane; onPane: (pane: NarrowPane) => void }) {
  return (
    <nav className="pane-bar tabs narrow-tabs" aria-label="Panes">
      {NARROW_PANES.map(([each, name]) => (
        <button
          key={each}
          type="button"
          className="tab"
          aria-pressed={each === pane}
          onClick={() => onPane(each)}
        >
          {name}
        </button>
      ))}
    </nav>
  )
}

const factsOf = (fed: FeedView, browserNowMs: number, closed: boolean) => ({
  connection: fed.connection,
  disconnectedMs: fed.disconnectedAtMs === null ? 0 : browserNowMs - fed.disconnectedAtMs,
  appliedSeq: fed.appliedSeq,
  headSeq: closed ? (fed.details?.eventCount ?? null) : (fed.presence?.headSeq ?? null),
  latencyMs: fed.latencyMs,
  closed,
})

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
