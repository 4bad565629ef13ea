import { useEffect, useRef } from 'react'
import type { Interview } from '../interview.js'
import { useStore } from '../store.js'

export function SubmitDialog({ interview, onClose }: { interview: Interview; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const run = useStore(interview.tests.view)
  useEffect(() => dialog.current?.showModal(), [])
  const failed = run?.results.filter(({ outcome }) => outcome === 'failed').length ?? 0
  return (
    <dialog className="help" ref={dialog} onClose={onClose} aria-labelledby="submit-title">
      <h2 id="submit-title">Submit your solution?</h2>
      <p>
        {run === null
          ? 'You have not run the tests yet.'
          : failed > 0 || run.problem !== ''
            ? 'In the last run not all tests passed. You can submit all the same.'
            : 'All tests passed in the last run.'}{' '}
        After this nothing can be changed.
      </p>
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
