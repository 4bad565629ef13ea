import { useRecordingStatus } from '@interviewlm/recorder-sdk/adapters/react'
import { count } from '../../ui/format.js'

export function SubmittingCover() {
  const status = useRecordingStatus()
  if (status === null) return null
  const { state, recordedSeq, committedSeq } = status
  const isCut = state === 'offline' || state === 'lagging'
  return (
    <div className="demo-cover" role="status">
      <h2>Saving the last of it</h2>
      <progress max={recordedSeq} value={committedSeq} aria-label="Saved" />
      <p className="tabular">
        {count(committedSeq)} of {count(recordedSeq)} events are saved.
      </p>
      <p>
        {isCut
          ? 'There is no connection right now. Keep this page open: it goes on by itself.'
          : 'Keep this page open for a moment.'}
      </p>
    </div>
  )
}
