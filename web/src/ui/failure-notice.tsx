import type { ReactNode } from 'react'
import { BrandBar } from './brand-bar.js'
import { Icon } from './icon.js'
import { Link } from './link.js'
import { RetryNotice } from './retry-notice.js'
import { ThemeButton } from './theme-button.js'

/** Why a request failed; without a code where nobody answered. */
export interface RequestFailure {
  code: string | null
  message: string
}

/** What the service says of a session that is not there, or not for this viewer; VALIDATION where the id is none. */
const MISSING = new Set(['SESSION_NOT_FOUND', 'NOT_FOUND', 'VALIDATION'])

export const isMissingSession = ({ code }: RequestFailure): boolean => code !== null && MISSING.has(code)

interface FailureNoticeProps {
  failure: RequestFailure
  /** What happened. */
  title: string
  /** What it means for what is on the screen, where there is something. */
  children?: ReactNode
  onRetry: () => void
}

/** What happened, what it means for the recording, what to do. */
export const FailureNotice = ({
  failure: { code, message },
  title,
  children,
  onRetry,
}: FailureNoticeProps) => (
  <RetryNotice tone="failure" title={title} onRetry={onRetry} actions={<AllSessions />}>
    {children} No recording is affected.{' '}
    {code !== null && code !== 'UNREACHABLE' && (
      <>
        The service said <code>{code}</code>:{' '}
      </>
    )}
    <span className="theirs">{message || 'The service did not answer.'}</span>
  </RetryNotice>
)

/** A notice in the place of all else. */
export const FailureScreen = ({ children }: { children: ReactNode }) => (
  <>
    <BrandBar>
      <ThemeButton />
    </BrandBar>
    <main className="failure-screen">{children}</main>
  </>
)

/** In the place of a screen about one session. */
export function SessionFailure({
  failure,
  title,
  onRetry,
}: Pick<FailureNoticeProps, 'failure' | 'title' | 'onRetry'>) {
  return (
    <FailureScreen>
      {isMissingSession(failure) ? (
        <MissingSession />
      ) : (
        <FailureNotice failure={failure} title={title} onRetry={onRetry} />
      )}
    </FailureScreen>
  )
}

const MissingSession = () => (
  <div className="notice" role="alert">
    <Icon name="search" />
    <div>
      <strong>There is no such session</strong>
      <p>
        The address may be incomplete, the recording may have been erased, or your sign-in does not open it.
      </p>
      <p className="notice-actions">
        <AllSessions />
      </p>
    </div>
  </div>
)

const AllSessions = () => (
  <Link href="/" className="button button-outlined">
    All sessions
  </Link>
)
