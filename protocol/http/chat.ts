import { z } from 'zod'

/** Of one question; what was recorded before goes along with it by itself. */
export const MAX_QUESTION_CHARS = 32_000

export const chatBody = z.object({
  message: z
    .string()
    .max(MAX_QUESTION_CHARS)
    .refine((text) => text.trim() !== '', 'nothing is asked'),
  stream: z.boolean().default(false).describe('Answer by server-sent events: text, then done or error'),
})
export type ChatBody = z.input<typeof chatBody>

export const chatView = z.object({
  content: z.string(),
  model: z.string().nullable(),
  stopReason: z.string().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  latencyMs: z.number().nullable(),
})
export type ChatView = z.infer<typeof chatView>
