import { count, timeOfDay } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { saveReceipt } from '../recording/save-receipt.js'
import type { Receipt } from '../recording/submit.js'
import { Frame } from './frame.js'

/** After an interview: what was handed in, or that somebody else has ended it. */
export function ClosedScreen({
  sessionId,
  receipt,
  onStartAgain,
}: {
  sessionId: string
  receipt?: Receipt
  onStartAgain: () => void
}) {
  return (
    <Frame title={receipt === undefined ? 'The interview is over' : 'Submitted'}>
      {receipt === undefined ? (
        <p className="demo-lead">
          It was ended, here or by the interviewer. What was recorded until then is saved. You can close this
          page.
        </p>
      ) : (
        <>
          <p className="demo-lead demo-done">
            <Icon name="check" />
            Your code and the recording are saved. You can close this page.
          </p>
          <dl className="demo-receipt">
            <div>
              <dt>Submitted</dt>
              <dd className="tabular">{timeOfDay(receipt.submittedAtMs)}</dd>
            </div>
            <div>
              <dt>Saved</dt>
              <dd className="tabular">{count(receipt.savedEvents)} events</dd>
            </div>
            <div>
              <dt>Session</dt>
              <dd>
                <code>{sessionId}</code>
              </dd>
            </div>
            <div>
              <dt>Receipt</dt>
              <dd>
                Recorded through event <span className="tabular">{count(receipt.signed.seq)}</span>, signed,
                with head <code>{receipt.signed.head}</code>
              </dd>
            </div>
          </dl>
          <button type="button" className="button button-primary" onClick={() => saveReceipt(receipt.signed)}>
            Save receipt
          </button>
        </>
      )}
      <button type="button" className="button button-outlined" onClick={onStartAgain}>
        Start another demo interview
      </button>
    </Frame>
  )
}
