import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import type { LoadFailure } from './use-loaded.js'

const MISSING = new Set(['SESSION_NOT_FOUND', 'NOT_FOUND'])

interface FailureProps {
  failure: LoadFailure
  again: () => void
  /** `refresh`: something is on screen already. */
  of: 'session' | 'comparison' | 'refresh'
}

/** What happened, what it means for the recording, what to do. */
export function Failure({ failure, again, of }: FailureProps) {
  const missing = failure.code !== null && MISSING.has(failure.code)
  const notice = (
    <div className="notice" data-tone={missing ? 'plain' : 'failure'} role="alert">
      <Icon name="signal" />
      <div>
        <strong>{missing ? 'There is no such session' : 'The numbers could not be read'}</strong>
        <p>
          {missing
            ? 'The address may be incomplete, the recording may have been erased, or your sign-in does not open it.'
            : of === 'refresh'
              ? 'What is shown is from before. The recording itself is not affected.'
              : 'The recording itself is not affected. The service did not answer this request.'}
        </p>
        {!missing && failure.code !== null && (
          <p>
            It said <code>{failure.code}</code>: <span className="theirs">{failure.message}</span>
          </p>
        )}
        <p className="notice-actions">
          {!missing && (
            <button type="button" className="button button-outlined" onClick={again}>
              Try again
            </button>
          )}
          <Link href="/" className="button button-outlined">
            All sessions
          </Link>
        </p>
      </div>
    </div>
  )
  return of === 'refresh' ? notice : <main className="player-failure">{notice}</main>
}
