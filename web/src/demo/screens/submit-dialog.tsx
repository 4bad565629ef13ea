import { useEffect, useRef } from 'react'
import type { Interview } from '../interview.js'
import { useStore } from '../store.js'
import { lastRunText } from './last-run.js'

export function SubmitDialog({ interview, onClose }: { interview: Interview; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const run = useStore(interview.tests.view)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog className="help" ref={dialog} onClose={onClose} aria-labelledby="submit-title">
      <h2 id="submit-title">Submit your solution?</h2>
      <p>{lastRunText(run)} After this nothing can be changed.</p>
      <form method="dialog" className="notice-actions">
        <button type="submit" className="button button-primary" onClick={() => void interview.submit()}>
          Submit
        </button>
        <button type="submit" className="button button-outlined">
          Go on working
        </button>
      </form>
    </dialog>
  )
}
