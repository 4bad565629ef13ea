import { z } from 'zod'
import { epochMs, seq } from './common.js'

export const quarantinedEventView = z.object({
  id: seq,
  sessionId: z.string(),
  seq: seq.describe('The place that a quarantined event holds'),
  type: z.string().describe('As its sender claimed it'),
  reason: z.string().describe("Why it was refused: SQLSTATE and PostgreSQL's code"),
  sizeBytes: z.number().int().describe('Of what is kept of it; 0 where a redaction has taken it away'),
  setAsideAtMs: epochMs,
  state: z.enum(['set aside', 'sent', 'replayed']),
  replayedSeq: seq.nullable().describe('Of the event that replaces it, where that is known'),
})
export type QuarantinedEventView = z.infer<typeof quarantinedEventView>

export const quarantineQuery = z.object({
  state: z.enum(['set aside']).optional().describe('Only those that nobody has replayed'),
  afterId: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})

export const quarantineView = z.object({
  entries: z.array(quarantinedEventView),
  nextAfterId: seq.nullable().describe('afterId of the next page; null at the end of what there is now'),
})
export type QuarantineView = z.infer<typeof quarantineView>
