import { useEffect, useRef } from 'react'
import { clock } from '../../ui/format.js'
import { useNow } from '../../ui/use-now.js'

/** Over all panes: what is there at the end is what is handed in, soon by itself. `submitsAtMs` as of the phase. */
export function TimeUpCover({ submitsAtMs, onSubmit }: { submitsAtMs: number | null; onSubmit: () => void }) {
  const nowMs = useNow()
  const cover = useRef<HTMLDivElement>(null)
  // Not the button: who is typing when this comes would press it with the next space.
  useEffect(() => cover.current?.focus(), [])
  return (
    <div
      className="demo-cover"
      ref={cover}
      tabIndex={-1}
      role="alertdialog"
      aria-labelledby="time-up-title"
      aria-describedby="time-up-text"
    >
      <h2 id="time-up-title">Time is up</h2>
      {submitsAtMs !== null && (
        <p className="tabular demo-cover-clock">{clock(Math.max(0, submitsAtMs - nowMs))}</p>
      )}
      <p id="time-up-text">
        {submitsAtMs === null
          ? 'Your code was not submitted. It is kept in this browser: tell your interviewer, or try again.'
          : 'Your code stays as it is now, and is submitted when this clock has run down. If your interviewer gives you more time, you can go on.'}
      </p>
      <button type="button" className="button button-primary" onClick={onSubmit}>
        {submitsAtMs === null ? 'Submit again' : 'Submit now'}
      </button>
    </div>
  )
}
