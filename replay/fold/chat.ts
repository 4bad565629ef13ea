import { happened, type Reducers } from './fold.js'

export const chatReducers: Reducers<'ai_interaction'> = {
  ai_interaction: (fold, event, data) => ({
    chat: fold.chat.push({
      ...happened(event),
      role: data.role,
      content: data.content,
      model: data.model ?? null,
      inputTokens: data.inputTokens ?? null,
      outputTokens: data.outputTokens ?? null,
      latencyMs: data.latency ?? null,
      promptQuality: data.promptQuality ?? null,
    }),
  }),
}
