'use client'

import { createRecorder } from '@interviewlm/recorder-sdk'
import { recordPageSignals } from '@interviewlm/recorder-sdk/adapters/page-signals'
import { RecorderProvider, useRecorder } from '@interviewlm/recorder-sdk/adapters/react'
import { type ReactNode, useEffect } from 'react'

/** Everything in it is recorded; components get the recorder by `useRecorder()`. */
export function Recorded({ candidateId, children }: { candidateId: string; children: ReactNode }) {
  const token = async (): Promise<string> => {
    const answer = await fetch(`/api/interviews/${candidateId}/recording`, { method: 'POST' })
    // Thrown, it is asked again.
    if (!answer.ok) throw new Error(`No token: ${answer.status}`)
    return ((await answer.json()) as { token: string }).token
  }
  const url = process.env.NEXT_PUBLIC_RECORDER_URL ?? ''
  return (
    <RecorderProvider key={candidateId} create={() => createRecorder({ url, token })}>
      <PageSignals />
      {children}
    </RecorderProvider>
  )
}

function PageSignals() {
  const recorder = useRecorder()
  useEffect(() => (recorder ? recordPageSignals(recorder) : undefined), [recorder])
  return null
}
