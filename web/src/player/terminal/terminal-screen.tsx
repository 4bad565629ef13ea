import { useEffect, useRef, useState } from 'react'
import type { TerminalState } from '../../../../replay/index.js'
import { counted } from '../../ui/format.js'
import { TerminalView } from './terminal-view.js'

interface TerminalScreenProps {
  terminal: TerminalState
  /** Out of sight it is given nothing to draw. */
  isShown: boolean
}

/** What the terminal showed. */
export default function TerminalScreen({ terminal, isShown }: TerminalScreenProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<TerminalView>(null)
  const [leftOutChars, setLeftOutChars] = useState(0)
  useEffect(() => {
    const made = new TerminalView(place.current as HTMLDivElement, setLeftOutChars)
    view.current = made
    return () => made.stop()
  }, [])
  useEffect(() => {
    if (isShown || terminal.output.length === 0) view.current?.show(terminal)
  }, [terminal, isShown])
  return (
    <>
      {isShown && leftOutChars > 0 && (
        <p className="pane-note">
          The screen is drawn from the end of the output; {counted(leftOutChars, 'character')} before it are
          in the recording.
        </p>
      )}
      <section
        className="terminal-screen"
        ref={place}
        hidden={!isShown}
        aria-label="Terminal screen; the commands are also there as a list of text"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      />
    </>
  )
}
