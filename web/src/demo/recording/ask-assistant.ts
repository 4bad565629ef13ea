import type { EventRecorder } from '@interviewlm/recorder-sdk'
import { readChat, recordAiTurn, startAiTurn } from '@interviewlm/recorder-sdk/adapters/ai-chat'

export interface ServiceChat {
  /** Where the recorder service is. */
  url: string
  sessionId: string
  token: string
}

/**
 * Asks the service's model; the answer comes in pieces. The service records question and answer itself.
 * @throws RecorderError CHAT_OFF where it has no model, and its other codes
 */
export async function* askService(
  { url, sessionId, token }: ServiceChat,
  message: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const response = await fetch(`${url}/v1/sessions/${sessionId}/chat`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      // A name of this question: asked again under the same one, it would be answered and recorded once.
      'idempotency-key': crypto.getRandomValues(new Uint32Array(4)).join('-'),
    },
    body: JSON.stringify({ message, stream: true }),
    signal,
  })
  yield* readChat(response)
}

/** Records a question, and its answer while it comes, of a model that the page asks by itself, or of a script. */
export function recordAnswer(
  recorder: EventRecorder,
  question: string,
  model: string,
  answer: AsyncIterable<string>,
): AsyncIterable<string> {
  recordAiTurn(recorder, { role: 'user', content: question })
  return startAiTurn(recorder, { model }).through(answer)
}
