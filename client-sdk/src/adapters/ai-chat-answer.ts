import type { ErrorCode } from '../../../protocol/errors.js'
import { RecorderError } from '../../../protocol/recorder-error.js'

/** What the service's chat route answers at the end. */
export interface ChatAnswer {
  content: string
  model: string | null
  stopReason: string | null
  inputTokens: number | null
  outputTokens: number | null
  latencyMs: number | null
}

const chatAnswers = /* @__PURE__ */ new WeakSet<object>()

/** Such a stream is never recorded by the page. */
export const isRecordedByService = (stream: object): boolean => chatAnswers.has(stream)

/**
 * The pieces of text of a streamed answer of `POST /v1/sessions/:id/chat` as they come; what the generator returns is
 * the whole answer. Nothing is recorded here: that route records question and answer itself.
 *
 *     const response = await fetch(`${url}/v1/sessions/${id}/chat`, {
 *       method: 'POST',
 *       headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
 *       body: JSON.stringify({ message, stream: true }),
 *     })
 *     for await (const piece of readChat(response)) show(piece)
 *
 * @throws RecorderError with the service's code, where it refused or the answer broke off
 */
export function readChat(response: Response): AsyncGenerator<string, ChatAnswer> {
  const answer = piecesOf(response)
  chatAnswers.add(answer)
  return answer
}

async function* piecesOf(response: Response): AsyncGenerator<string, ChatAnswer> {
  if (!response.ok) throw errorOf(await response.json().catch(() => null))
  for await (const { event, data } of serverSentEvents(response)) {
    if (event === 'text') yield (data as { text: string }).text
    if (event === 'done') return data as ChatAnswer
    if (event === 'error') throw errorOf(data)
  }
  throw errorOf(null)
}

function errorOf(body: unknown): RecorderError {
  const { code, message } = (body as { error?: { code?: ErrorCode; message?: string } } | null)?.error ?? {}
  return new RecorderError(code ?? 'CHAT_FAILED', message ?? 'The answer ended before its end.')
}

/** As the chat route writes them: a name, one line of JSON, an empty line; comments between. */
async function* serverSentEvents(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
        if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) }
      }
    }
  } finally {
    // Whoever stops reading ends the answer.
    void reader?.cancel().catch(() => {})
  }
}
