import { Icon } from '../ui/icon.js'
import { Link } from '../ui/link.js'
import type { FeedView } from './session-feed.js'

/** What happened, what it means for the recording, what to do. */
export function PlayerFailure({ failure }: { failure: NonNullable<FeedView['failure']> }) {
  const missing =
    failure.code === 'SESSION_NOT_FOUND' || failure.code === 'NOT_FOUND' || failure.code === 'VALIDATION'
  return (
    <main className="player-failure">
      <div className="notice" data-tone={missing ? 'plain' : 'failure'} role="alert">
        <Icon name="signal" />
        <div>
          <strong>{missing ? 'There is no such session' : 'This session could not be loaded'}</strong>
          <p>
            {missing
              ? 'The address may be incomplete, the recording may have been erased, or your sign-in does not open it.'
              : 'The recording itself is not affected. The service did not answer this request.'}
          </p>
          {!missing && failure.code !== null && (
            <p>
              It said <code>{failure.code}</code>: <span className="theirs">{failure.message}</span>
            </p>
          )}
          <p className="notice-actions">
            {!missing && (
              <button type="button" className="button button-outlined" onClick={() => location.reload()}>
                Try again
              </button>
            )}
            <Link href="/" className="button button-outlined">
              All sessions
            </Link>
          </p>
        </div>
      </div>
    </main>
  )
}
