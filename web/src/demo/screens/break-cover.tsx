import { useEffect, useRef, useState } from 'react'
import { clock } from '../../ui/format.js'
import { useNow } from '../../ui/use-now.js'

/** Over all panes: what is typed during a break can't be taken for part of the interview. */
export function BreakCover({ onEnd }: { onEnd: () => void }) {
  const nowMs = useNow()
  const [startMs] = useState(nowMs)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  return (
    <div
      className="demo-cover"
      role="alertdialog"
      aria-labelledby="break-title"
      aria-describedby="break-text"
    >
      <h2 id="break-title">On a break</h2>
      <p className="tabular demo-cover-clock">{clock(nowMs - startMs)}</p>
      <p id="break-text">
        Nothing is recorded now, except that you took a break, and how long it was. The time of the interview
        goes on.
      </p>
      <button ref={button} type="button" className="button button-primary" onClick={onEnd}>
        Go on
      </button>
    </div>
  )
}
