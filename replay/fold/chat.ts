import { happened, type Reducers } from './fold.js'

const MAX_FAILURE_CHARS = 100

/** What broke the turn off, as its sender names it; null where nothing did. */
export function turnFailureOf(data: Record<string, unknown>): string | null {
  const { type } = (data.error ?? {}) as { type?: unknown }
  return typeof type === 'string' && type !== '' ? type.slice(0, MAX_FAILURE_CHARS) : null
}

export const chatReducers: Reducers<'ai_interaction'> = {
  ai_interaction: (fold, event, data) => {
    const failure = turnFailureOf(data)
    return {
      chat: fold.chat.push({
        ...happened(event),
        role: data.role,
        content: data.content,
        model: data.model ?? null,
        inputTokens: data.inputTokens ?? null,
        outputTokens: data.outputTokens ?? null,
        latencyMs: data.latency ?? null,
        promptQuality: data.promptQuality ?? null,
        ...(failure !== null && { failure }),
      }),
    }
  },
}
