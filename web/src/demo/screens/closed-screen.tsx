import type { Receipt as SignedReceipt } from '@interviewlm/recorder-sdk'
import { count, timeOfDay } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { saveReceipt } from '../recording/save-receipt.js'
import type { Receipt } from '../recording/submit.js'
import { Frame } from './frame.js'

/** After an interview: what was handed in, or that it was ended without; and what the service vouches for. */
export function ClosedScreen({
  sessionId,
  submitted,
  isTimeUp = false,
  signed,
  onStartAgain,
}: {
  sessionId: string
  submitted?: Receipt
  /** It was ended because its time was over. */
  isTimeUp?: boolean
  signed?: SignedReceipt | undefined
  onStartAgain: () => void
}) {
  return (
    <Frame title={submitted !== undefined ? 'Submitted' : isTimeUp ? 'Time is up' : 'The interview is over'}>
      {submitted === undefined ? (
        <p className="demo-lead">
          {isTimeUp
            ? 'The interview was ended at its time limit.'
            : 'It was ended, here or by the interviewer.'}{' '}
          What was recorded until then is saved. You can close this page.
        </p>
      ) : (
        <p className="demo-lead demo-done">
          <Icon name="check" />
          Your code and the recording are saved. You can close this page.
        </p>
      )}
      {(submitted ?? signed) && (
        <dl className="demo-receipt">
          {submitted && (
            <>
              <div>
                <dt>Submitted</dt>
                <dd className="tabular">{timeOfDay(submitted.submittedAtMs)}</dd>
              </div>
              <div>
                <dt>Saved</dt>
                <dd className="tabular">{count(submitted.savedEvents)} events</dd>
              </div>
            </>
          )}
          <div>
            <dt>Session</dt>
            <dd>
              <code>{sessionId}</code>
            </dd>
          </div>
          {signed && (
            <div>
              <dt>Receipt</dt>
              <dd>
                Recorded through event <span className="tabular">{count(signed.seq)}</span>, with head
                <code className="demo-head">{signed.head}</code>
              </dd>
            </div>
          )}
        </dl>
      )}
      {signed && (
        <button type="button" className="button button-outlined" onClick={() => saveReceipt(signed)}>
          Save receipt
        </button>
      )}
      <button type="button" className="button button-outlined" onClick={onStartAgain}>
        Start another demo interview
      </button>
    </Frame>
  )
}
