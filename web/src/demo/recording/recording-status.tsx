import { useRecorder } from '@interviewlm/recorder-sdk/adapters/react'
import {
  defineRecorderStatus,
  type RecorderStatusElement,
} from '@interviewlm/recorder-sdk/adapters/status-element'
import type {} from 'react'

defineRecorderStatus()

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'recorder-status': DetailedHTMLProps<HTMLAttributes<RecorderStatusElement>, RecorderStatusElement> &
        Partial<Pick<RecorderStatusElement, 'recorder' | 'texts'>>
    }
  }
}

/** What the candidate is told of the recording, always in view. */
export const RecordingStatus = () => (
  <recorder-status className="demo-status" lang="en-GB" recorder={useRecorder()} />
)
