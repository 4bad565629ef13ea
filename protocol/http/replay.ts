import { z } from 'zod'
import { MAX_FILE_ID_CHARS } from '../limits.js'
import { SESSION_STATUSES } from '../session.js'
import { sessionTimelineView } from './analysis.js'
import { epochMs, moment, seq } from './common.js'
import { recordedEventView } from './events.js'

// Reads of a recording that are computed from its events, and of many recordings side by side.

const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

export const statsQuery = z.object({
  recompute: flag.default(false).describe('Computes from the first event on, whatever is stored'),
})

export const explainQuery = z.object({
  metric: z.string().min(1).max(200).describe('Name of a number, as GET /v1/stats gives them'),
  filePath: z
    .string()
    .min(1)
    .max(MAX_FILE_ID_CHARS)
    .optional()
    .describe('Of which file, for a number of the lists by file'),
  afterSeq: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})
export const explanationView = z.object({
  metric: z.string(),
  contributions: z.array(
    z.object({
      seq,
      timestamp: epochMs,
      type: z.string(),
      amount: z.number().nullable().describe("The event's share; null where it can't be told"),
    }),
  ),
  nextAfterSeq: seq.nullable(),
})
export type ExplanationView = z.infer<typeof explanationView>

export const timelineQuery = z.object({
  buckets: z.coerce.number().int().min(1).max(5000).default(600).describe('About how many the density has'),
})
export const timelineView = sessionTimelineView

export const segmentParams = z.object({ id: z.string(), n: z.string() })
export const segmentEventsView = z.object({
  n: z.number().int().nonnegative(),
  firstSeq: seq,
  lastSeq: seq,
  events: z.array(recordedEventView),
})
export type SegmentEventsView = z.infer<typeof segmentEventsView>

const place = z.tuple([epochMs, seq]).describe('The time and the seq of an event')
const overviewMark = z.object({
  atMs: epochMs,
  seq,
  lane: z.enum(['tests', 'remarks', 'checkpoints']),
  kind: z.enum(['pass', 'fail', 'mixed', 'ai', 'note', 'signal', 'loss', 'checkpoint']),
  label: z.string(),
  isCheckpoint: z.boolean(),
})
const span = z.object({ fromMs: epochMs, toMs: epochMs })
export const sessionOverviewView = z.object({
  generation: z
    .number()
    .int()
    .positive()
    .nullable()
    .describe("The archive's; null where the events are not archived"),
  overview: z.object({
    startMs: epochMs,
    endMs: epochMs,
    eventCount: z.number().int().nonnegative(),
    density: z.object({ binMs: z.number(), edits: z.array(z.number()), terminal: z.array(z.number()) }),
    marks: z.array(overviewMark),
    marksLeftOut: z.number().int().nonnegative(),
    silences: z.array(span),
    breaks: z.array(span.extend({ label: z.string() })),
  }),
  segments: z
    .array(z.object({ firstSeq: seq, lastSeq: seq, firstMs: epochMs, lastMs: epochMs }))
    .describe('Runs of events that are best read together'),
  keyframes: z
    .array(
      z.object({
        offset: z.number().int().nonnegative(),
        length: z.number().int().positive(),
        sha256: z.string(),
        places: z.array(place).describe('What each keyframe in it holds last'),
        isAnew: z
          .boolean()
          .describe('Its first keyframe tells all anew: none of the runs before it is needed'),
      }),
    )
    .describe('Runs of keyframes as they lie in GET …/keyframes; none where the session is not archived'),
})
export type SessionOverviewView = z.infer<typeof sessionOverviewView>

export const keyframesFile = z.string().describe('Bytes of keyframes.json.gz')

/** Of a session that goes on: docs/protocol.md says how it is gone on from. */
export const sessionKeyframeView = z.object({
  keyframe: z
    .looseObject({
      version: z.number().int().describe('Of its shape; who knows another one begins with the first event'),
      throughSeq: seq.describe('The events up to here are in it'),
      atMs: epochMs.describe('With atSeq, the place up to which they are folded, in the order of replay'),
      atSeq: seq,
      fold: z.looseObject({}).describe('As in the first line of keyframes.json.gz'),
      events: z.array(recordedEventView).describe('Those beyond that place, in the order of replay'),
    })
    .nullable()
    .describe('Null where there is none: then it is played from its first event'),
})
export type SessionKeyframeView = z.infer<typeof sessionKeyframeView>

export const stateView = z.looseObject({
  atMs: epochMs,
  seq: seq.describe('The highest seq among the events behind this state'),
  files: z.record(z.string(), z.string()).describe('Texts by path'),
  terminal: z.looseObject({
    columns: z.number().int(),
    rows: z.number().int(),
    output: z.string().describe('All that was printed, with its escape sequences'),
    commands: z.array(z.looseObject({})),
  }),
  chat: z.array(z.looseObject({})),
  tests: z.array(z.looseObject({})),
  notes: z.array(z.looseObject({})),
  signals: z.array(z.looseObject({})),
  losses: z.array(z.looseObject({})),
  omitted: z
    .record(z.string(), z.number())
    .optional()
    .describe(
      'How many of the oldest entries of a list are left out, where it is longer than is shown at once',
    ),
})

export const statisticsQuery = z.object({
  question: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("The question's id, or its title where it has none"),
  status: z.enum(SESSION_STATUSES).optional(),
  fromMs: moment.optional().describe("Of the session's start"),
  toMs: moment.optional(),
  groupBy: z.enum(['question', 'day']).optional().describe('Days are those of UTC'),
  sessionId: z.string().max(200).optional().describe('Adds where this session stands'),
})

const distribution = z.object({
  count: z.number().int().describe('Sessions that have this number'),
  mean: z.number(),
  min: z.number(),
  max: z.number(),
  p10: z.number(),
  p25: z.number(),
  p50: z.number(),
  p75: z.number(),
  p90: z.number(),
})
export const statisticsView = z.object({
  analysisVersion: z.number().int(),
  sessionCount: z.number().int(),
  truncated: z.boolean().describe('There are more sessions; these are the newest'),
  metrics: z.record(
    z.string(),
    distribution.extend({
      histogram: z
        .array(z.object({ from: z.number(), to: z.number(), count: z.number().int() }))
        .describe('10 bars of equal width, or one where all values are the same'),
    }),
  ),
  sessions: z
    .array(z.object({ id: z.string(), metrics: z.record(z.string(), z.number()) }))
    .optional()
    .describe("Each session's own numbers, where they are fewer than five"),
  groups: z
    .array(
      z.object({
        key: z.string().nullable(),
        sessionCount: z.number().int(),
        metrics: z.record(z.string(), distribution),
      }),
    )
    .optional()
    .describe('The 50 largest questions, or the 50 last days'),
  session: z
    .object({
      id: z.string(),
      metrics: z.record(
        z.string(),
        z.object({
          value: z.number(),
          percentile: z
            .number()
            .nullable()
            .describe('Percentage of sessions below it, equal ones counting half; null without any'),
        }),
      ),
    })
    .optional(),
})
export type StatisticsView = z.infer<typeof statisticsView>

export const comparedSessionsQuery = statisticsQuery
  .pick({ question: true, status: true, fromMs: true, toMs: true })
  .extend({
    metric: z.string().min(1).max(200).describe('Name of a number, as GET /v1/stats gives them'),
    atLeast: z.coerce.number().optional().describe('Of the number'),
    below: z.coerce.number().optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().max(200).optional().describe('nextCursor of the page before'),
  })
export const comparedSessionsView = z.object({
  metric: z.string(),
  count: z.number().int().describe('Sessions in the range, those of other pages too'),
  sessions: z
    .array(
      z.object({
        id: z.string(),
        candidateId: z.string(),
        status: z.enum(SESSION_STATUSES),
        startTime: epochMs,
        value: z.number(),
      }),
    )
    .describe('By the number, the smallest first'),
  nextCursor: z.string().nullable(),
})
export type ComparedSessionsView = z.infer<typeof comparedSessionsView>
