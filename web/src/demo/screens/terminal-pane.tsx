import { useEffect, useRef } from 'react'
import type { MadeTerminal } from '../terminal/make-terminal.js'

export function TerminalPane({ terminal }: { terminal: MadeTerminal }) {
  const parent = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (parent.current !== null) return terminal.openIn(parent.current)
    return undefined
  }, [terminal])
  return (
    <section className="pane demo-terminal" aria-label="Terminal">
      <header className="pane-bar">
        <h2 className="pane-title">Terminal</h2>
        <span className="spacer" />
        <span className="quiet demo-wide-only">
          try <code>help</code>
        </span>
      </header>
      <div className="demo-screen" ref={parent} />
    </section>
  )
}
