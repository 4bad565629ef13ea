import type Anthropic from '@anthropic-ai/sdk'
import { type AiTurn, type ApiUsage, tokensOf, turnErrorOf } from '../../protocol/ai-turn.js'

export interface ModelSettings {
  model: string
  maxTokens: number
  system: string
}

export interface Question {
  messages: { role: 'user' | 'assistant'; content: string }[]
  signal: AbortSignal
  onText: (text: string) => void
}

/** Asks the model and answers with the turn of the chat that came of it; one that failed has an `error`. Never throws. */
export async function askModel(
  client: Anthropic,
  { model, maxTokens, system }: ModelSettings,
  { messages, signal, onText }: Question,
): Promise<AiTurn> {
  const startedMs = performance.now()
  const elapsedMs = () => Math.round(performance.now() - startedMs)
  const turn: AiTurn = { role: 'assistant', content: '', model }
  let usage: ApiUsage = {}
  let isWhole = false
  try {
    const request = { model, max_tokens: maxTokens, system, messages, stream: true } as const
    const { data: events, request_id } = await client.messages.create(request, { signal }).withResponse()
    if (request_id) turn.requestId = request_id
    for await (const event of events) {
      if (event.type === 'message_start') {
        turn.model = event.message.model
        usage = { ...event.message.usage }
      } else if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
        turn.timeToFirstToken ??= elapsedMs()
        turn.content += event.delta.text
        onText(event.delta.text)
      } else if (event.type === 'message_delta') {
        if (event.delta.stop_reason) turn.stopReason = event.delta.stop_reason
        usage = { ...usage, output_tokens: event.usage.output_tokens }
      } else if (event.type === 'message_stop') isWhole = true
    }
    // An aborted stream ends without an error, and so does one whose connection was closed in the middle.
    if (!isWhole)
      turn.error = signal.aborted
        ? { type: 'aborted', message: 'The answer was not waited for.' }
        : { type: 'broken', message: 'The answer ended before its end.' }
  } catch (error) {
    turn.error = turnErrorOf(error)
  }
  return { ...turn, ...tokensOf(usage), latency: elapsedMs() }
}
