import { useEffect, useRef, useState } from 'react'
import type { ReplayState, TerminalState } from '../../../../replay/index.js'
import { count, counted } from '../../ui/format.js'
import { CommandList } from './command-list.js'
import { TerminalView } from './terminal-view.js'
import './terminal.css'

type View = 'screen' | 'commands'

interface TerminalPaneProps {
  state: ReplayState
  startMs: number
  empty: string
}

/** The recorded screen and the recorded commands. Whichever has something is shown; the viewer may choose. */
export function TerminalPane({ state, startMs, empty }: TerminalPaneProps) {
  const [chosen, setChosen] = useState<View | null>(null)
  const { terminal } = state
  const hasScreen = terminal.output.length > 0
  const hasCommands = terminal.commands.length > 0
  const view: View = chosen ?? (hasScreen || !hasCommands ? 'screen' : 'commands')
  return (
    <section className="pane terminal-pane" aria-label="Terminal">
      <header className="pane-bar">
        <h2 className="pane-title">Terminal</h2>
        <fieldset className="segments" aria-label="Show">
          <button
            type="button"
            className="button"
            aria-pressed={view === 'screen'}
            onClick={() => setChosen('screen')}
          >
            Screen
          </button>
          <button
            type="button"
            className="button"
            aria-pressed={view === 'commands'}
            onClick={() => setChosen('commands')}
          >
            Commands <span className="tabular">{hasCommands && count(terminal.commands.length)}</span>
          </button>
        </fieldset>
        <span className="spacer" />
        {view === 'screen' && hasScreen && (
          <span className="quiet tabular">
            {terminal.columns} × {terminal.rows}
          </span>
        )}
      </header>
      {view === 'commands' ? (
        <CommandList commands={terminal.commands} startMs={startMs} />
      ) : hasScreen ? (
        <Screen terminal={terminal} />
      ) : (
        <p className="pane-empty">
          {hasCommands ? 'This terminal was recorded as commands, not as a screen.' : empty}
        </p>
      )}
    </section>
  )
}

function Screen({ terminal }: { terminal: TerminalState }) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<TerminalView>(null)
  const [leftOutChars, setLeftOutChars] = useState(0)
  useEffect(() => {
    const made = new TerminalView(place.current as HTMLDivElement, setLeftOutChars)
    view.current = made
    return () => made.stop()
  }, [])
  useEffect(() => view.current?.show(terminal), [terminal])
  return (
    <>
      {leftOutChars > 0 && (
        <p className="pane-note">
          The screen is drawn from the end of the output; {counted(leftOutChars, 'character')} before it are
          in the recording.
        </p>
      )}
      <section
        className="terminal-screen"
        ref={place}
        aria-label="Terminal screen; the commands are also there as a list of text"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      />
    </>
  )
}
