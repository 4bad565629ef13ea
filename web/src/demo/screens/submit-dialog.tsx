import { useModal } from '../../ui/use-modal.js'
import type { Interview } from '../interview.js'
import { useStore } from '../store.js'
import { lastRunText } from './last-run.js'

export function SubmitDialog({ interview, onClose }: { interview: Interview; onClose: () => void }) {
  const { modal, closeBySubmit } = useModal(onClose)
  const run = useStore(interview.tests.view)
  return (
    <dialog className="help" {...modal} aria-labelledby="submit-title">
      <h2 id="submit-title">Submit your solution?</h2>
      <p>{lastRunText(run)} After this nothing can be changed.</p>
      <form className="notice-actions" onSubmit={closeBySubmit}>
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
