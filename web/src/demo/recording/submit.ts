import type { Recorder, Receipt as SignedReceipt } from '@interviewlm/recorder-sdk'
import { createApi } from '@interviewlm/recorder-sdk/api'

export interface SubmitRequest {
  recorder: Recorder
  url: string
  sessionId: string
  token: string
  /** By path. */
  finalCode: Record<string, string>
}

export interface Receipt {
  sessionId: string
  submittedAtMs: number
  /** In the database. */
  savedEvents: number
  /** The service's signed word on it. */
  signed: SignedReceipt
}

const CLOSED_POLL_MS = 500

/**
 * Hands in the code, closes the session as its candidate, and answers when everything is in the database. Waits for the
 * service as long as it takes: nothing is lost meanwhile.
 * @throws RecorderError when the service refuses for good
 */
export async function submitInterview(request: SubmitRequest): Promise<Receipt> {
  const { recorder, url, sessionId, token, finalCode } = request
  recorder.record({ type: 'session_submit', data: { finalCode } })
  // Received is enough to close: the close itself waits until all of it is committed.
  await recorder.whenReceived()
  const api = createApi({ url, token, retries: Number.POSITIVE_INFINITY })
  let session = await api.closeSession(sessionId, { status: 'COMPLETED' })
  while (session.status === 'ACTIVE') {
    await new Promise((resolve) => setTimeout(resolve, CLOSED_POLL_MS))
    session = await api.getSession(sessionId)
  }
  const signed = await api.getReceipt(sessionId)
  await recorder.close({ waitFor: 'nothing' })
  const { endTime, eventCount } = session
  return { sessionId, submittedAtMs: endTime ?? Date.now(), savedEvents: eventCount, signed }
}
