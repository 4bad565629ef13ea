import { z } from 'zod'
import { epochMs, seq } from './common.js'

export const accessLogQuery = z.object({
  afterId: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

export const accessLogView = z.object({
  entries: z.array(
    z.object({
      id: seq,
      atMs: epochMs,
      role: z.string(),
      sub: z.string(),
      action: z
        .string()
        .describe('watch, read, export, redact, replay, erase or expire; later versions may add some'),
    }),
  ),
  nextAfterId: seq.nullable().describe('afterId of the next page; null at the end of what there is now'),
})
export type AccessLogView = z.infer<typeof accessLogView>
