import { z } from 'zod'
import { isDeeperThan } from './depth.js'
import { MAX_DATA_DEPTH, MAX_SOURCE_ID_CHARS } from './limits.js'
import { ARCHIVE_STATES, SESSION_STATUSES } from './session.js'

// Bodies, queries and answers of the HTTP API. The OpenAPI document is made from these.

const epochMs = z.number().describe('Epoch milliseconds, server time')
const seq = z.number().int().nonnegative()
/** Of the years 1 to 9999: others have no place in a column. */
const moment = z.coerce.number().min(-62_135_596_800_000).max(253_402_300_799_999)
/** Any JSON that can be written out again. */
const anyJson = z
  .unknown()
  .refine((value) => !isDeeperThan(value, MAX_DATA_DEPTH), `nested deeper than ${MAX_DATA_DEPTH} levels`)
const sourceId = z
  .string()
  .min(1)
  .max(MAX_SOURCE_ID_CHARS)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces')
/** Text that a column must be able to hold and compare exactly. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}|\p{Surrogate}/u.test(text), 'no control characters')

export const createSessionBody = z.object({
  candidateId: plainText(256),
  question: anyJson.optional().describe('Kept as it is; title and language are shown where present'),
  timeLimit: z
    .number()
    .int()
    .positive()
    .max(7 * 86_400)
    .nullish()
    .describe('Seconds'),
  metadata: anyJson.optional(),
})
export type CreateSessionBody = z.input<typeof createSessionBody>

export const sourceView = z.object({
  source: z.number().int(),
  sourceId: z.string(),
  role: z.enum(['candidate', 'proctor', 'service']),
  sub: z.string(),
  userAgent: z.string().nullable(),
  firstSeenMs: epochMs,
  lastSeenMs: epochMs,
})

export const sessionView = z.object({
  id: z.string(),
  candidateId: z.string(),
  status: z.enum(SESSION_STATUSES),
  closing: z.boolean().describe('The close was asked for and is not complete'),
  question: z.unknown(),
  metadata: z.unknown(),
  timeLimit: z.number().nullable().describe('Seconds'),
  startTime: epochMs,
  endTime: epochMs.nullable(),
  duration: z.number().nullable().describe('Seconds'),
  eventCount: seq.describe('Committed events'),
  storagePath: z.string().nullable(),
  storageSize: z.number().nullable().describe('Compressed bytes'),
  archive: z.object({
    state: z.enum(ARCHIVE_STATES),
    generation: z.number().int(),
    error: z.string().nullable(),
  }),
})
export type SessionView = z.infer<typeof sessionView>

export const createdSessionView = sessionView.extend({ candidateToken: z.string() })
export type CreatedSessionView = z.infer<typeof createdSessionView>

export const sessionDetailView = sessionView.extend({ sources: z.array(sourceView) })
export type SessionDetailView = z.infer<typeof sessionDetailView>

/** What a candidate may know of the own session. */
export const sessionStatusView = sessionView.pick({
  id: true,
  candidateId: true,
  status: true,
  closing: true,
  timeLimit: true,
  startTime: true,
  endTime: true,
  eventCount: true,
})

export const sessionParams = z.object({ id: z.string() })

export const listSessionsQuery = z.object({
  status: z.enum(SESSION_STATUSES).optional(),
  candidateId: plainText(256).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional().describe('nextCursor of the page before'),
})
export const sessionListView = z.object({ sessions: z.array(sessionView), nextCursor: z.string().nullable() })
export type SessionListView = z.infer<typeof sessionListView>

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

export const closeSessionBody = z.object({
  status: z.enum(['COMPLETED', 'ABANDONED', 'ERROR']).default('COMPLETED'),
  finalCode: z.unknown().optional(),
  scores: z.unknown().optional(),
})
export type CloseSessionBody = z.input<typeof closeSessionBody>

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
})
export const eventPageView = z.object({
  epoch: z.number().int(),
  events: z.array(recordedEventView),
  nextAfterSeq: seq.nullable(),
})
export type EventPageView = z.infer<typeof eventPageView>

export const stateQuery = z.object({ atMs: moment.optional() })

export const tokenBody = z.object({
  role: z.enum(['candidate', 'proctor']).default('candidate'),
  sub: plainText(256).optional(),
  expiresInSec: z
    .number()
    .int()
    .min(60)
    .max(7 * 86_400)
    .default(12 * 3600),
})
export const tokenView = z.object({ token: z.string() })

export const errorView = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
})
