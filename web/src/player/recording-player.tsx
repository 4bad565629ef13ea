import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { HelpDialog } from '../ui/help-dialog.js'
import { Icon } from '../ui/icon.js'
import { useKeys } from '../ui/use-keys.js'
import { useNarrow } from '../ui/use-narrow.js'
import { type CodeMode, CodePane } from './code/code-pane.js'
import { useFind } from './find/use-find.js'
import type { Playback, PlaybackView } from './playback.js'
import { playerKeys, playerShortcuts } from './player-keys.js'
import { SidePane, type SideTab } from './side/side-pane.js'
import type { Review, Reviewing } from './side/use-review.js'
import { type TerminalMode, TerminalPane } from './terminal/terminal-pane.js'
import { Timeline } from './timeline/timeline.js'
import { Transport } from './transport.js'
import type { MomentLink } from './use-moment-link.js'
import './player.css'

type NarrowPane = 'code' | 'terminal' | 'side'

/** As player.css has it. */
const NARROW_PX = 900

interface RecordingPlayerProps {
  playback: Playback
  view: PlaybackView
  /** More events are to be expected. */
  live: boolean
  /** Where the axis ends, epoch ms: beyond the last event while a session goes on. */
  axisEndMs: number
  /** Nothing is here yet, and something may be. */
  waiting: boolean
  /** Rated is where there is a `rate`. */
  review: Review & Partial<Reviewing>
  /** Null where a moment has no address. */
  link: MomentLink | null
  /** What stands above the panes, with the button for the help among it. */
  header: (helpButton: ReactNode) => ReactNode
  onTab?: (tab: SideTab) => void
  /** Loads again what failed to load. */
  onRetry: () => void
  /** It is all of its page, so its panes are the page's main part. */
  isPage?: boolean
}

/** Panes, timeline, transport and keys on one playback. Of where it stands it knows its size, and nothing else. */
export function RecordingPlayer({
  playback,
  view,
  live,
  axisEndMs,
  waiting,
  review,
  link,
  header,
  onTab,
  onRetry,
  isPage = false,
}: RecordingPlayerProps) {
  const box = useRef<HTMLDivElement>(null)
  const [tab, setTab] = useState<SideTab>('chat')
  const [narrowPane, setNarrowPane] = useState<NarrowPane>('code')
  const [helping, setHelping] = useState(false)
  const [follows, setFollows] = useState(true)
  const [codeMode, setCodeMode] = useState<CodeMode>('code')
  const [terminalMode, setTerminalMode] = useState<TerminalMode | null>(null)
  const narrow = useNarrow(box, NARROW_PX)
  const { startMs, endMs } = view.overview

  useEffect(() => onTab?.(tab), [onTab, tab])
  const find = useFind(playback)
  // A hit in code is shown where it came about, whichever file was in front.
  const chosenCode = find.chosen?.place === 'code' ? find.chosen : null
  useEffect(() => {
    if (chosenCode !== null) setFollows(true)
  }, [chosenCode])
  const findInput = useRef<HTMLInputElement>(null)
  const openFind = () => {
    // Drawn at once: what is not there yet can't take the focus.
    flushSync(() => {
      setTab('find')
      setNarrowPane('side')
    })
    findInput.current?.focus()
    findInput.current?.select()
  }
  const openTab = (next: SideTab) => {
    setTab(next)
    setNarrowPane('side')
  }
  useKeys(
    playerKeys({
      playback,
      onTab: (next) => (next === 'find' ? openFind() : openTab(next)),
      onFind: openFind,
      onFollow: () => setFollows((before) => !before),
      onChanges: () => setCodeMode((before) => (before === 'code' ? 'changes' : 'code')),
      onCopyLink: link?.copyLink ?? null,
      onHelp: () => setHelping(true),
    }),
  )

  const isBlank = view.state.eventCount === 0
  // Before anything was shown, an empty pane says nothing of the recording.
  const unloaded =
    waiting || (isBlank && view.isLoading)
      ? 'Loading…'
      : isBlank && view.loadFailure !== null
        ? 'This moment is not loaded.'
        : null
  const empty =
    unloaded ??
    (view.mode !== 'following'
      ? 'Nothing up to this moment.'
      : live
        ? 'Nothing yet. It shows here as it happens.'
        : 'Nothing in this recording.')
  const onGo = useCallback((atMs: number) => playback.seek(atMs), [playback])
  const shown = useShown(view)
  const Panes = isPage ? 'main' : 'div'
  return (
    <div className="player-box" ref={box}>
      <div className="player" data-narrow-pane={narrow ? narrowPane : undefined}>
        {header(
          <button
            type="button"
            className="button keyboard-help"
            onClick={() => setHelping(true)}
            title="Keyboard (?)"
            aria-label="Keyboard shortcuts"
          >
            <Icon name="keyboard" />
          </button>,
        )}
        {narrow && <NarrowTabs pane={narrowPane} onPane={setNarrowPane} />}
        <Panes className="panes" aria-busy={waiting}>
          {(!narrow || narrowPane === 'code') && (
            <CodePane
              playback={playback}
              view={shown}
              empty={empty}
              mode={codeMode}
              onMode={setCodeMode}
              follows={follows}
              onFollows={setFollows}
              foundText={tab === 'find' ? find.text : ''}
            />
          )}
          {(!narrow || narrowPane === 'terminal') && (
            <TerminalPane
              state={view.state}
              startMs={startMs}
              empty={empty}
              mode={terminalMode}
              onMode={setTerminalMode}
            />
          )}
          {(!narrow || narrowPane === 'side') && (
            <SidePane
              tab={tab}
              onTab={setTab}
              state={view.state}
              startMs={startMs}
              live={live}
              unloaded={unloaded}
              isPast={view.mode !== 'following' && view.atMs < endMs}
              review={review}
              onGo={onGo}
              find={find}
              findInput={findInput}
            />
          )}
        </Panes>
        <footer className="player-footer">
          {view.stepFailure !== null ? (
            <LoadFailure message={view.stepFailure} onRetry={onRetry}>
              The place to step to could not be loaded, so the playhead stays.{' '}
            </LoadFailure>
          ) : (
            view.loadFailure !== null && (
              <LoadFailure message={view.loadFailure} onRetry={onRetry}>
                This moment could not be loaded{isBlank ? '. ' : ', so the panes still show another. '}
              </LoadFailure>
            )
          )}
          <Timeline
            playback={playback}
            view={view}
            axisEndMs={axisEndMs}
            hits={find.moments}
            chosenHitMs={find.chosen?.atMs ?? null}
            laterNotes={review.laterNotes}
          />
          <Transport
            playback={playback}
            view={view}
            lengthMs={Math.max(0, axisEndMs - startMs)}
            live={live}
            link={link}
          />
        </footer>
      </div>
      {helping && <HelpDialog shortcuts={playerShortcuts(link !== null)} onClose={() => setHelping(false)} />}
    </div>
  )
}

/**
 * What the panes show. It stays the same while another moment is on its way, and from one second to the next: panes that are
 * drawn again then take the processor from what is being loaded.
 */
function useShown(view: PlaybackView): PlaybackView {
  const { state, mode, speed, overview, revision } = view
  // biome-ignore lint/correctness/useExhaustiveDependencies: a state is of its moment, whatever the playhead does meanwhile
  return useMemo(() => view, [state, mode, speed, overview, revision])
}

interface LoadFailureProps {
  message: string
  /** What failed, and what is shown all the same. */
  children: ReactNode
  onRetry: () => void
}

/** What was to be shown did not come; the recording is not affected, and the panes show what they did before. */
function LoadFailure({ message, children, onRetry }: LoadFailureProps) {
  return (
    <p className="load-failure" role="alert">
      <span>
        {children}
        <span className="theirs">{message}</span>
      </span>
      <button type="button" className="button button-outlined" onClick={onRetry}>
        Try again
      </button>
    </p>
  )
}

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
