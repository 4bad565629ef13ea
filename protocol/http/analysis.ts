import { z } from 'zod'
import { epochMs, seq } from './common.js'

// What can be computed of a session from its events alone. docs/statistics.md defines every number.

const count = z.number().int().nonnegative()
const seconds = z.number().nonnegative()
const path = z.string().describe('The path of the file')
const span = { fromMs: epochMs, toMs: epochMs }

/** Where the characters of the final code came from. */
export const PROVENANCES = [
  'typed',
  'pasted',
  'moved',
  'completed',
  'ai',
  'program',
  'given',
  'unexplained',
] as const
export type Provenance = (typeof PROVENANCES)[number]

/** The bounds of the analysis; each is named in `limitsReached` where a recording exceeds it. */
export const ANALYSIS_LIMITS = [
  'commands',
  'files',
  'text',
  'search',
  'lineDiff',
  'sources',
  'timeResolution',
  'checkpoints',
  'pastes',
  'testRuns',
  'aiTurns',
  'awayTimes',
  'breaks',
] as const
export type AnalysisLimit = (typeof ANALYSIS_LIMITS)[number]

const provenanceCounts = z.object({
  total: count.describe('UTF-16 units'),
  typed: count.describe('Edits of origin typed'),
  pasted: count.describe('Pasted or dropped text that stands neither in the own files nor in an answer'),
  moved: count.describe("Pasted text of the candidate's own making, from any of the own files"),
  completed: count.describe('Edits of origin complete'),
  ai: count.describe('Edits of origin ai, and pasted text that an earlier answer of the assistant holds'),
  program: count.describe('Edits of origin program'),
  given: count.describe('What files held when they were first seen'),
  unexplained: count.describe('What no event explains'),
})
export type ProvenanceCounts = z.infer<typeof provenanceCounts>

const pasteView = z.object({
  seq,
  atMs: epochMs,
  filePath: z.string().nullable().describe('Null where no edit belongs to the paste'),
  lengthChars: count.nullable(),
  kind: z.enum(['paste', 'drop']),
  from: z.enum(['outside', 'own', 'ai', 'unknown']).describe('unknown: no edit says what was pasted'),
})
const testRunView = z.object({
  seq: seq.describe('Of the event that began the run'),
  atMs: epochMs,
  testCount: count.nullable().describe('As announced'),
  passed: count,
  failed: count,
})
const burstView = z.object({
  ...span,
  edits: count.describe('code_edit events'),
  insertedChars: count,
  deletedChars: count,
})
const gapView = z.object({ ...span, seconds })

export const sessionStatsView = z.object({
  sessionId: z.string(),
  status: z.string(),
  analysisVersion: z.number().int().describe('Numbers of different versions are not comparable'),
  throughSeq: seq.describe('The last event that is counted in'),
  limitsReached: z
    .array(z.enum(ANALYSIS_LIMITS))
    .describe(
      'Bounds that this recording exceeds; docs/statistics.md says which numbers are then lower bounds',
    ),
  totalEvents: count,
  duration: seconds
    .nullable()
    .describe(
      'Seconds, whole: start to end; while the session is open, to its last event. Null without events',
    ),
  fileChanges: z.object({
    totalSnapshots: count,
    uniqueFilesEdited: count,
    totalLinesAdded: count,
    totalLinesDeleted: count,
    mostEditedFiles: z
      .array(
        z.object({
          filePath: path,
          edits: count.describe('code_edit events'),
          snapshots: count,
          linesAdded: count,
          linesDeleted: count,
        }),
      )
      .max(5)
      .describe('By edits + snapshots, falling'),
  }),
  claudeInteractions: z.object({
    totalInteractions: count,
    totalTokensUsed: count,
    inputTokens: count,
    outputTokens: count,
    averageLatency: z.number().nonnegative().nullable().describe('Milliseconds, of those that say theirs'),
    averagePromptQuality: z.number().min(1).max(5).nullable().describe('1 to 5, of those that are rated'),
    interactionsByRole: z.object({ user: count, assistant: count, system: count }),
    aiTurnsBeforeFirstPass: count
      .nullable()
      .describe('Prompts before the first passing test; null without one'),
  }),
  terminalActivity: z.object({
    totalCommands: count.describe('terminal_input events'),
    uniqueCommands: count,
    commandsByCategory: z
      .object({
        test: count,
        git: count,
        file: count,
        packageManager: count,
        build: count,
        run: count,
        other: count,
      })
      .describe('A command counts in every category that one of its parts belongs to, or in other'),
  }),
  testExecution: z.object({
    totalTests: count.describe('test_result events'),
    passed: count,
    failed: count,
    passRate: z.number().min(0).max(100).nullable().describe('Percent'),
    averageDuration: z.number().nonnegative().nullable().describe('Milliseconds, of those that say theirs'),
    timeToFirstPass: seconds
      .nullable()
      .describe('Seconds from the start, or an earlier first event, to the first passing test'),
    totalRuns: count,
    runs: z.array(testRunView).describe('In order of time; bounded'),
  }),
  activityTimeline: z.object({
    firstEvent: epochMs.nullable(),
    lastEvent: epochMs.nullable(),
    totalActiveTime: seconds.describe('Seconds without gaps of more than 5 minutes'),
    idleGaps: z.object({
      count,
      totalSeconds: seconds,
      longestSeconds: seconds.nullable(),
      items: z.array(gapView).describe('Of more than 60 s, in order of time; the 500 longest'),
    }),
    editBursts: z
      .object({
        count,
        totalSeconds: seconds,
        longestSeconds: seconds.nullable(),
        items: z.array(burstView).describe('In order of time; the 500 longest'),
      })
      .describe('Runs of edits less than 30 s apart'),
  }),
  provenance: z
    .object({
      ...provenanceCounts.shape,
      files: z
        .array(z.object({ filePath: path, ...provenanceCounts.shape }))
        .describe('The 200 largest, by path'),
    })
    .describe('Where the characters (UTF-16 units) of the final files came from'),
  pastes: z.object({
    count,
    totalChars: count,
    outsideCount: count,
    outsideChars: count,
    largestChars: count.nullable(),
    items: z.array(pasteView).describe('In order of time; the first 1,000 recorded'),
  }),
  focus: z.object({
    awayCount: count,
    awaySeconds: seconds.describe('Seconds that no page of the interview was in front'),
    longestAwaySeconds: seconds.nullable(),
  }),
  signals: z.object({
    copies: count,
    fullscreenExits: count,
    connectionLosses: count,
    secondTabs: count,
  }),
  annotations: z
    .object({ notes: count, flags: count, messages: count, timeExtensions: count })
    .describe('What proctors did while the session was open; what was noted later is in its annotations'),
  recording: z
    .object({
      rejected: count,
      quarantined: count,
      lostEvents: count.describe('Events that gaps stand for'),
      lateEvents: count.describe('Arrived after the close'),
      clockFarEvents: count.describe('More than a day away from the time of receipt'),
      incompleteTexts: count.describe('Long texts whose pieces are not all there'),
    })
    .describe('What the recording itself says about its completeness'),
})
export type SessionStats = z.infer<typeof sessionStatsView>

export const DENSITY_KINDS = ['edits', 'terminal', 'ai', 'tests', 'pastes', 'signals', 'other'] as const
export type DensityKind = (typeof DENSITY_KINDS)[number]

const densities = z.array(count).describe('Events per bucket')
export const segmentRangeView = z.object({
  n: count,
  firstSeq: seq,
  lastSeq: seq,
  firstMs: epochMs,
  lastMs: epochMs,
  eventCount: count,
})
export type SegmentRange = z.infer<typeof segmentRangeView>

export const sessionTimelineView = z.object({
  firstMs: epochMs.nullable(),
  lastMs: epochMs.nullable(),
  durationMs: z.number().nonnegative(),
  eventCount: count,
  checkpointCount: count,
  checkpoints: z
    .array(z.object({ seq, type: z.string(), timestamp: epochMs, label: z.string().optional() }))
    .describe('In order of time; the first 10,000 recorded'),
  density: z.object({
    bucketMs: z.number().positive(),
    startMs: epochMs.nullable(),
    kinds: z.object({
      edits: densities,
      terminal: densities,
      ai: densities,
      tests: densities,
      pastes: densities,
      signals: densities,
      other: densities,
    }),
  }),
  idleGaps: z.array(z.object(span)).describe('Of more than 60 s, in order of time; the 500 longest'),
  segments: z.array(segmentRangeView).describe('Consecutive runs of events; the last one may still grow'),
})
export type SessionTimeline = z.infer<typeof sessionTimelineView>
