import { lazy, memo, Suspense, useState } from 'react'
import type { ReplayState } from '../../../../replay/index.js'
import { count } from '../../ui/format.js'
import { CommandList } from './command-list.js'
import './terminal.css'

/** Loaded beside the recording, so that the first frame does not wait for what may have nothing to show. */
const screenModule = import('./terminal-screen.js').catch(() => ({ default: MissingScreen }))
const Screen = lazy(() => screenModule)

export type TerminalMode = 'screen' | 'commands'

interface TerminalPaneProps {
  state: ReplayState
  startMs: number
  empty: string
  /** What the viewer chose; null before that. */
  mode: TerminalMode | null
  onMode: (mode: TerminalMode) => void
}

/** The recorded screen and the recorded commands. Whichever has something is shown; the viewer may choose. */
export const TerminalPane = memo(function TerminalPane(props: TerminalPaneProps) {
  const { state, startMs, empty, mode, onMode } = props
  const { terminal } = state
  const hasScreen = terminal.output.length > 0
  const hasCommands = terminal.commands.length > 0
  const view: TerminalMode = mode ?? (hasScreen || !hasCommands ? 'screen' : 'commands')
  const showsScreen = view === 'screen' && hasScreen
  // A screen is costly to make: once made it stays, out of sight where there is nothing to show.
  const [isMade, setIsMade] = useState(false)
  if (showsScreen && !isMade) setIsMade(true)
  return (
    <section className="pane terminal-pane" aria-label="Terminal">
      <header className="pane-bar">
        <h2 className="pane-title">Terminal</h2>
        <fieldset className="segments" aria-label="Show">
          <button
            type="button"
            className="button"
            aria-pressed={view === 'screen'}
            onClick={() => onMode('screen')}
          >
            Screen
          </button>
          <button
            type="button"
            className="button"
            aria-pressed={view === 'commands'}
            onClick={() => onMode('commands')}
          >
            Commands <span className="tabular">{hasCommands && count(terminal.commands.length)}</span>
          </button>
        </fieldset>
        <span className="spacer" />
        {showsScreen && (
          <span className="quiet tabular">
            {terminal.columns} × {terminal.rows}
          </span>
        )}
      </header>
      {isMade && (
        <Suspense fallback={showsScreen && <div className="terminal-screen" />}>
          <Screen terminal={terminal} isShown={showsScreen} />
        </Suspense>
      )}
      {view === 'commands' && <CommandList commands={terminal.commands} startMs={startMs} />}
      {view === 'screen' && !hasScreen && (
        <p className="pane-empty">
          {hasCommands ? 'This terminal was recorded as commands, not as a screen.' : empty}
        </p>
      )}
    </section>
  )
})

function MissingScreen({ isShown }: { isShown: boolean }) {
  return (
    <p className="pane-empty" hidden={!isShown}>
      The screen's program could not be loaded. The recording is not affected; its commands are in the list.
    </p>
  )
}
