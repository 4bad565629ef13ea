import type { RecorderStatus } from '@interviewlm/recorder-sdk'
import { useRecordingStatus } from '@interviewlm/recorder-sdk/adapters/react'
import { timeOfDay } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import type { Interview, Notice } from '../interview.js'
import { useStore } from '../store.js'

/** What the candidate has to know: words of the interviewer, and how it stands with the recording when it is not well. */
export function Banners({ interview }: { interview: Interview }) {
  const status = useRecordingStatus()
  const notices = useStore(interview.notices)
  const words = status && wordsOf(status)
  if (words === null && notices.length === 0) return null
  return (
    <div className="demo-banners">
      {words !== null && (
        <div className="demo-banner" data-tone={words.tone} data-state={status?.state} role="status">
          <Icon name="signal" />
          <span>
            <strong>{words.title}</strong> {words.text}
          </span>
        </div>
      )}
      {notices.map((notice) => (
        <NoticeBanner key={notice.id} notice={notice} onDismiss={() => interview.dismiss(notice.id)} />
      ))}
    </div>
  )
}

function NoticeBanner({ notice, onDismiss }: { notice: Notice; onDismiss: () => void }) {
  const { kind, text, author, atMs } = notice
  return (
    <div className="demo-banner" data-tone="accent" role="alert">
      <Icon name={kind === 'message' ? 'eye' : 'clock'} />
      <span>
        <strong>{kind === 'message' ? (author ?? 'The interviewer') : 'More time'}</strong>{' '}
        <span className="theirs">{text}</span> <time className="quiet tabular">{timeOfDay(atMs)}</time>
      </span>
      <button type="button" className="button" onClick={onDismiss} aria-label="Dismiss">
        <Icon name="cross" />
      </button>
    </div>
  )
}

interface Words {
  tone: 'signal' | 'failure'
  title: string
  text: string
}

/** Null where all is well. Only what is lost, or no longer recorded, is a failure. */
function wordsOf({ state, error }: RecorderStatus): Words | null {
  switch (state) {
    case 'offline':
      return {
        tone: 'signal',
        title: 'No connection.',
        text: 'Go on working: what you do is kept in this browser and sent when the connection is back.',
      }
    case 'lagging':
      return {
        tone: 'signal',
        title: 'The service is slow to answer.',
        text: 'Go on working: what you do is kept here until it is saved.',
      }
    case 'superseded':
      return {
        tone: 'failure',
        title: 'This page is no longer recorded.',
        text: 'Another connection has taken over. Go on in the other tab, or load this page again.',
      }
    case 'refused':
      return error?.code === 'TOKEN_EXPIRED'
        ? {
            tone: 'failure',
            title: 'Your link has expired, and recording has stopped.',
            text: 'What you did until now is saved, or kept in this browser. Ask your interviewer for a new link, and open it in this tab.',
          }
        : {
            tone: 'failure',
            title: 'Recording has stopped.',
            text: `The service does not take it any more${error === undefined ? '' : ` (${error.code})`}. Tell your interviewer.`,
          }
    default:
      return null
  }
}
