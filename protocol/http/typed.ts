import { z } from 'zod'
import { epochMs, seq } from './common.js'

// What is recorded of a kind, as rows of its own fields. seq and timestamp are those of the event; where a long text
// came in pieces [R7], those of its last piece.

export const typedQuery = z.object({
  afterSeq: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

const nextAfterSeq = seq
  .nullable()
  .describe('afterSeq of the next page; null at the end of what there is now')
const place = {
  seq,
  timestamp: epochMs,
  source: z.number().int().describe('Who recorded it; sources of the session say who that is'),
}
const tooLong = z
  .literal(true)
  .optional()
  .describe('Its text is too long for a page; its events, seq by seq, have it')

export const claudeInteractionView = z.object({
  ...place,
  role: z.string(),
  content: z.string().nullable(),
  model: z.string().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  latency: z.number().nullable().describe('Milliseconds'),
  promptQuality: z.number().nullable().describe('1 to 5: as rated by a reviewer, else as recorded'),
  tooLong,
})
export type ClaudeInteractionView = z.infer<typeof claudeInteractionView>
export const claudeInteractionPageView = z.object({
  claudeInteractions: z.array(claudeInteractionView),
  nextAfterSeq,
})
export type ClaudeInteractionPage = z.infer<typeof claudeInteractionPageView>

export const testResultView = z.object({
  ...place,
  testName: z.string(),
  passed: z.boolean(),
  output: z.string().nullable(),
  error: z.string().nullable(),
  duration: z.number().nullable().describe('Milliseconds'),
  tooLong,
})
export type TestResultView = z.infer<typeof testResultView>
export const testResultPageView = z.object({ testResults: z.array(testResultView), nextAfterSeq })
export type TestResultPage = z.infer<typeof testResultPageView>

export const codeSnapshotView = z.object({
  seq,
  timestamp: epochMs,
  fileId: z.string().describe('The path of the file'),
  fileName: z.string(),
  language: z.string().nullable(),
  contentHash: z.string().describe('SHA-256, hex, over the text as JSON writes it'),
  content: z.string(),
  linesAdded: z.number().int(),
  linesDeleted: z.number().int(),
  diffFromPrevious: z
    .object({
      fromSeq: seq.nullable().describe('The snapshot it is compared with; null: the text that came with it'),
      lines: z.array(
        z.union([z.tuple([z.literal('='), z.number()]), z.tuple([z.enum(['-', '+']), z.array(z.string())])]),
      ),
    })
    .nullable()
    .describe('By lines: = so many kept, - deleted, + inserted. Null of the first snapshot of a file'),
})
export type CodeSnapshotView = z.infer<typeof codeSnapshotView>
export const codeSnapshotPageView = z.object({
  codeSnapshots: z.array(codeSnapshotView),
  nextAfterSeq,
})
export type CodeSnapshotPage = z.infer<typeof codeSnapshotPageView>
