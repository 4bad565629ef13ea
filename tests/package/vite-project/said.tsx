import { recordAiTurn } from '@interviewlm/recorder-sdk/adapters/ai-chat'
import { useRecorder } from '@interviewlm/recorder-sdk/adapters/react'

/** A component of the platform's that has something to record. */
export function Said() {
  const recorder = useRecorder()
  if (recorder === null) return null
  return (
    <button type="button" onClick={() => recordAiTurn(recorder, { role: 'user', content: 'How?' })}>
      Ask
    </button>
  )
}
