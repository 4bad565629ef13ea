import { Icon } from '../../ui/icon.js'
import type { RefusalCode } from '../entry/enter.js'
import { Frame } from './frame.js'

const WORDS: Record<RefusalCode, { title: string; text: string; action: 'retry' | 'again' | 'none' }> = {
  TOKEN_EXPIRED: {
    title: 'Your link has expired',
    text: 'It was a good one, its time is over. What was recorded is safe. Ask whoever invited you for a new link.',
    action: 'again',
  },
  TOKEN_INVALID: {
    title: 'This link does not open an interview',
    text: 'It is damaged, or it is not for a candidate. Copy the whole link again, or ask for a new one.',
    action: 'again',
  },
  SESSION_NOT_FOUND: {
    title: 'This interview is not here',
    text: 'It was deleted, or it belongs to another service. Ask whoever invited you for a new link.',
    action: 'again',
  },
  NO_DEMO: {
    title: 'This page needs an invitation',
    text: 'Open it with a candidate’s token: /demo#token=… On a service of your own, DEMO=on lets anybody in.',
    action: 'none',
  },
  BUSY: {
    title: 'Too many interviews were started from here',
    text: 'Wait a minute, then try again.',
    action: 'retry',
  },
  UNREACHABLE: {
    title: 'The service does not answer',
    text: 'Nothing is lost: what you have done is kept in this browser and is sent when the connection is back.',
    action: 'retry',
  },
}

interface RefusalScreenProps {
  code: RefusalCode
  onRetry: () => void
  onStartAgain: () => void
}

export function RefusalScreen({ code, onRetry, onStartAgain }: RefusalScreenProps) {
  const { title, text, action } = WORDS[code]
  return (
    <Frame title={title}>
      <div className="notice" data-tone="signal" role="alert" data-code={code}>
        <Icon name="signal" />
        <div>{text}</div>
      </div>
      {action === 'retry' && (
        <button type="button" className="button button-outlined" onClick={onRetry}>
          Try again
        </button>
      )}
      {action === 'again' && (
        <button type="button" className="button button-outlined" onClick={onStartAgain}>
          Start a demo interview instead
        </button>
      )}
    </Frame>
  )
}
