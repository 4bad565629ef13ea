import { z } from 'zod'
import { ARCHIVE_STATES, SESSION_STATUSES } from '../session.js'
import { anyJson, epochMs, plainText, seq } from './common.js'
import { receiptView } from './receipts.js'

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
  keystrokeSampling: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Of so many keystrokes one is recorded; 1: all. Default: 10'),
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
  keystrokeSampling: z.number().int().describe('Of so many keystrokes one is recorded'),
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
  keystrokeSampling: true,
  startTime: true,
  endTime: true,
  eventCount: true,
})

const receipt = receiptView.optional().describe('Of all that is recorded, once the close is complete')
/** The answer to a close. */
export const closedSessionView = sessionView.extend({ receipt })
export type ClosedSessionView = z.infer<typeof closedSessionView>
/** The same for the candidate. */
export const closedStatusView = sessionStatusView.extend({ receipt })

export const listSessionsQuery = z.object({
  status: z.enum(SESSION_STATUSES).optional(),
  candidateId: plainText(256).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional().describe('nextCursor of the page before'),
})
/** What was counted of a session: of one that goes on as of some while ago; null before anything was. */
export const sessionCounts = z.object({
  testsPassed: z.number().describe('Results of all runs'),
  testsFailed: z.number(),
  aiPrompts: z.number().describe('Questions to the assistant'),
})
export const listedSessionView = sessionView.extend({ counts: sessionCounts.nullable() })
export type ListedSessionView = z.infer<typeof listedSessionView>
export const sessionListView = z.object({
  sessions: z.array(listedSessionView),
  nextCursor: z.string().nullable(),
})
export type SessionListView = z.infer<typeof sessionListView>

export const closeSessionBody = z.object({
  status: z.enum(['COMPLETED', 'ABANDONED', 'ERROR']).default('COMPLETED'),
  finalCode: z.unknown().optional(),
  scores: z.unknown().optional(),
})
export type CloseSessionBody = z.input<typeof closeSessionBody>

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
