import { z } from 'zod'
import { epochMs, moment, seq, sourceId } from './common.js'

/**
 * The batch is judged as one from a socket is, with the same codes, and its events one by one, so that a bad one
 * does not stop the others [R5].
 */
export const postEventsBody = z.object({
  source: sourceId.optional().describe('Who writes; needed with firstSeq'),
  firstSeq: z.number().optional().describe("The first event's number within its source, from 1 on"),
  events: z.array(z.unknown()).describe('1 to 500 events'),
})
export const waitQuery = z.object({ wait: z.enum(['committed']).optional() })

export const postedEventsView = z.object({
  ok: z.literal(true),
  source: z.number().int(),
  receivedSeq: seq,
  committedSeq: seq,
  rejected: z.array(z.object({ sourceSeq: seq, code: z.string(), message: z.string() })).optional(),
})
export type PostedEventsView = z.infer<typeof postedEventsView>

const typed = z.looseObject({
  source: sourceId.optional(),
  firstSeq: z.number().optional(),
  timestamp: z.unknown().optional().describe('A number, epoch milliseconds; now where absent'),
})
export const claudeInteractionBody = typed
export const codeSnapshotBody = typed.extend({ fileId: z.string().optional() })
export const testResultBody = typed

export const readEventsQuery = z.object({
  afterSeq: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
  types: z.string().max(2000).optional().describe('Separated by commas'),
  fromMs: moment.optional(),
  toMs: moment.optional(),
})

export const recordedEventView = z.object({
  seq,
  type: z.string(),
  timestamp: epochMs,
  data: z.unknown(),
  fileId: z.string().nullable(),
  checkpoint: z.boolean(),
  source: z.number().int(),
  sourceSeq: seq,
  rawTimestamp: z.number().optional(),
  flags: z.array(z.string()).optional(),
  replaces: seq.optional().describe('Of a repair: the seq of the quarantined event in whose place it stands'),
  original: z
    .object({ source: z.number().int(), sourceSeq: seq })
    .optional()
    .describe('Of a repair: who once sent it, and its place there'),
})
export const eventPageView = z.object({
  epoch: z.number().int(),
  events: z.array(recordedEventView),
  nextAfterSeq: seq.nullable(),
})
export type EventPageView = z.infer<typeof eventPageView>

export const stateQuery = z.object({ atMs: moment.optional() })
