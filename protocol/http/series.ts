import { z } from 'zod'
import { PROVENANCES } from './analysis.js'
import { epochMs, seq } from './common.js'

// What of a session's statistics has a place in time. docs/statistics.md says what each is.

const count = z.number().int().nonnegative()
const claimed = z.number().nonnegative().nullable().describe('Null where the event does not say')
const placed = { seq, atMs: epochMs }

export const SIGNAL_TYPES = ['copy', 'fullscreen_exit', 'connection_lost', 'second_tab'] as const
export type SignalType = (typeof SIGNAL_TYPES)[number]

const totals = z.array(count).describe('Characters, by the end of each bucket')

export const sessionSeriesView = z.object({
  sessionId: z.string(),
  analysisVersion: z.number().int(),
  throughSeq: seq.describe('The last event that is counted in'),
  code: z
    .object({
      startMs: epochMs.nullable().describe('Null without a character of code'),
      bucketMs: z.number().positive(),
      kinds: z.object(
        Object.fromEntries(PROVENANCES.map((name) => [name, totals])) as Record<
          (typeof PROVENANCES)[number],
          typeof totals
        >,
      ),
    })
    .describe(
      'The characters of the final files by the moment that brought them; the last values are those of provenance',
    ),
  firstPass: z.object(placed).nullable().describe('The earliest passing test'),
  testRuns: z
    .array(
      z.object({
        ...placed,
        endMs: epochMs.describe('Of its last result'),
        testCount: count.nullable().describe('As announced'),
        passed: count,
        failed: count,
      }),
    )
    .describe('In order of time; the first 2,000 recorded'),
  aiTurns: z
    .array(
      z.object({
        ...placed,
        role: z.enum(['user', 'assistant', 'system']),
        inputTokens: claimed,
        outputTokens: claimed,
        latency: claimed.describe('Milliseconds; null where the event does not say'),
      }),
    )
    .describe('In order of time; the first 10,000 recorded'),
  awayTimes: z
    .array(z.object({ seq, fromMs: epochMs, toMs: epochMs }))
    .describe('Times that no page of the interview was in front, in order of time'),
  signals: z
    .array(z.object({ ...placed, type: z.enum(SIGNAL_TYPES) }))
    .describe('In order of time; the first 2,000 recorded'),
})
export type SessionSeries = z.infer<typeof sessionSeriesView>

export const seriesQuery = z.object({
  buckets: z.coerce
    .number()
    .int()
    .min(1)
    .max(5000)
    .default(300)
    .describe('How many the growth of the code has at most'),
})
