import type { ReactNode } from 'react'
import { Icon } from './icon.js'

interface RetryNoticeProps {
  tone: 'failure' | 'signal'
  /** What happened. */
  title: string
  /** What it means for the recording, in a paragraph. */
  children: ReactNode
  onRetry: () => void
  /** What else can be done. */
  actions?: ReactNode
  className?: string
}

/** What happened, what it means for the recording, and another try. */
export function RetryNotice({ tone, title, children, onRetry, actions, className }: RetryNoticeProps) {
  return (
    <div className={className === undefined ? 'notice' : `notice ${className}`} data-tone={tone} role="alert">
      <Icon name="signal" />
      <div>
        <strong>{title}</strong>
        <p>{children}</p>
        <p className="notice-actions">
          <button type="button" className="button button-outlined" onClick={onRetry}>
            Try again
          </button>
          {actions}
        </p>
      </div>
    </div>
  )
}
