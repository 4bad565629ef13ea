import type { SessionStats } from '../../protocol/http/analysis.js'
import { COMMAND_CATEGORIES } from './command-tables.js'
import type { MetricName } from './metrics.js'
import type { SessionFold } from './session-fold.js'
import type { EventRef } from './tally.js'
import type { Stretch } from './time-grid.js'
import type { LaterRemark, StatsContext } from './types.js'

/**
 * Numbers of different versions are not comparable, and what one saved no other continues. It is raised with the meaning of any
 * number, also of one that is not of events alone: what is stored would else stay as it was. 4: notes and flags of after the close count.
 */
export const ANALYSIS_VERSION = 4

const ACTIVE_GAP_MS = 5 * 60_000
const IDLE_GAP_MS = 60_000
const BURST_GAP_MS = 30_000
const MAX_ITEMS = 500

export interface Gap {
  fromMs: number
  toMs: number
  ms: number
  /** The event that ends it. */
  event: EventRef
}

const seconds = (ms: number): number => ms / 1000
const msOf = (stretch: Stretch): number => stretch.last.timestamp - stretch.first.timestamp
/** Whole milliseconds are summed before they become seconds: no order of adding changes the sum. */
const secondsOf = (lengthsMs: readonly number[]) => ({
  total: seconds(lengthsMs.reduce((sum, ms) => sum + ms, 0)),
  longest: lengthsMs.length === 0 ? null : seconds(lengthsMs.reduce((a, b) => Math.max(a, b))),
})

/** The times with no gap of more than five minutes. */
export const activeStretches = (fold: SessionFold): Stretch[] => fold.grid.stretches('active', ACTIVE_GAP_MS)
export const bursts = (fold: SessionFold): Stretch[] => fold.grid.stretches('edited', BURST_GAP_MS)

/** A break that was promised to the candidate is no idleness. */
export function idleGaps(fold: SessionFold): Gap[] {
  const stretches = fold.grid.stretches('active', IDLE_GAP_MS)
  const gaps = stretches.slice(1).map((stretch, i) => {
    const fromMs = (stretches[i] as Stretch).last.timestamp
    const toMs = stretch.first.timestamp
    return { fromMs, toMs, ms: toMs - fromMs, event: stretch.first }
  })
  return fold.breaks.without(gaps)
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

export interface AwayTime {
  /** The event that begins it. */
  event: EventRef
  ms: number
}

/** A time away that nobody ended goes on to the last activity: what a proctor notes later is none. */
export function awayTimes(fold: SessionFold, { endMs }: StatsContext): AwayTime[] {
  const lastMs = fold.grid.stretches('active', Number.POSITIVE_INFINITY)[0]?.last.timestamp ?? 0
  return fold.focus
    .away(Math.min(lastMs, endMs ?? lastMs))
    .map(({ from, toMs }) => ({ event: from, ms: toMs - from.timestamp }))
}

/** The longest, in order of time. */
export function longestOf<T>(items: readonly T[], length: (item: T) => number): T[] {
  if (items.length <= MAX_ITEMS) return [...items]
  const kept = new Set(
    items
      .map((item, i) => ({ i, length: length(item) }))
      .sort((a, b) => b.length - a.length || a.i - b.i)
      .slice(0, MAX_ITEMS)
      .map(({ i }) => i),
  )
  return items.filter((_, i) => kept.has(i))
}

export function durationOf(fold: SessionFold, { startMs, endMs }: StatsContext): number | null {
  const untilMs = endMs ?? fold.extent?.last.timestamp
  return untilMs === undefined ? null : Math.max(0, Math.round(seconds(untilMs - startMs)))
}

/** From the session's start, or from its first event where events are dated before that. */
export const timeToFirstPass = ({ tests, extent }: SessionFold, { startMs }: StatsContext): number | null =>
  tests.firstPass === null || extent === null
    ? null
    : seconds(tests.firstPass.timestamp - Math.min(startMs, extent.first.timestamp))

/** The prompts before the first passing test; null without one. */
export const promptsBeforeFirstPass = (fold: SessionFold): EventRef[] | null =>
  fold.tests.firstPass === null ? null : fold.ai.promptsBefore(fold.tests.firstPass.timestamp)

export const ratingsOf = (fold: SessionFold, { ratings }: StatsContext) =>
  fold.ai.ratings(ratings, fold.throughSeq)

const REMARKS = { 'annotations.notes': 'note', 'annotations.flags': 'flag' } as const

/** The notes or flags of after the close that a number counts beside its events. */
export const laterRemarksOf = (metric: MetricName, { laterRemarks = [] }: StatsContext): LaterRemark[] =>
  metric in REMARKS ? laterRemarks.filter(({ kind }) => kind === REMARKS[metric as keyof typeof REMARKS]) : []

export function statsOf(fold: SessionFold, context: StatsContext): SessionStats {
  const count = (metric: MetricName): number => fold.tally.sum(metric)
  const mean = (metric: MetricName): number | null => fold.tally.mean(metric)
  const remarks = (metric: MetricName): number => count(metric) + laterRemarksOf(metric, context).length
  const gaps = idleGaps(fold)
  const edited = bursts(fold)
  const idle = secondsOf(gaps.map((gap) => gap.ms))
  const editing = secondsOf(edited.map(msOf))
  const awayMs = awayTimes(fold, context).map((one) => one.ms)
  const away = secondsOf(awayMs)
  const qualities = ratingsOf(fold, context).map(({ quality }) => quality)
  const pastes = fold.pastes.totals()
  const limits = fold.limits.list()
  return {
    sessionId: context.sessionId,
    status: context.status,
    analysisVersion: ANALYSIS_VERSION,
    throughSeq: fold.throughSeq,
    limitsReached:
      fold.grid.widthMs > BURST_GAP_MS ? [...limits, 'timeResolution' as const].sort() : limits.sort(),
    totalEvents: count('totalEvents'),
    duration: durationOf(fold, context),
    fileChanges: {
      totalSnapshots: count('fileChanges.totalSnapshots'),
      uniqueFilesEdited: count('fileChanges.uniqueFilesEdited'),
      totalLinesAdded: count('fileChanges.totalLinesAdded'),
      totalLinesDeleted: count('fileChanges.totalLinesDeleted'),
      mostEditedFiles: fold.files.mostEdited(),
    },
    claudeInteractions: {
      totalInteractions: count('claudeInteractions.totalInteractions'),
      totalTokensUsed: count('claudeInteractions.totalTokensUsed'),
      inputTokens: count('claudeInteractions.inputTokens'),
      outputTokens: count('claudeInteractions.outputTokens'),
      averageLatency: mean('claudeInteractions.averageLatency'),
      averagePromptQuality: meanOf(qualities),
      interactionsByRole: {
        user: count('claudeInteractions.interactionsByRole.user'),
        assistant: count('claudeInteractions.interactionsByRole.assistant'),
        system: count('claudeInteractions.interactionsByRole.system'),
      },
      aiTurnsBeforeFirstPass: promptsBeforeFirstPass(fold)?.length ?? null,
    },
    terminalActivity: {
      totalCommands: count('terminalActivity.totalCommands'),
      uniqueCommands: count('terminalActivity.uniqueCommands'),
      commandsByCategory: Object.fromEntries(
        COMMAND_CATEGORIES.map((name) => [name, count(`terminalActivity.commandsByCategory.${name}`)]),
      ) as SessionStats['terminalActivity']['commandsByCategory'],
    },
    testExecution: {
      totalTests: count('testExecution.totalTests'),
      passed: count('testExecution.passed'),
      failed: count('testExecution.failed'),
      passRate: mean('testExecution.passRate'),
      averageDuration: mean('testExecution.averageDuration'),
      timeToFirstPass: timeToFirstPass(fold, context),
      totalRuns: count('testExecution.totalRuns'),
      runs: fold.tests.inOrderOfTime(),
    },
    activityTimeline: {
      firstEvent: fold.extent?.first.timestamp ?? null,
      lastEvent: fold.extent?.last.timestamp ?? null,
      totalActiveTime: secondsOf(activeStretches(fold).map(msOf)).total,
      idleGaps: {
        count: gaps.length,
        totalSeconds: idle.total,
        longestSeconds: idle.longest,
        items: longestOf(gaps, (gap) => gap.ms).map(({ fromMs, toMs, ms }) => ({
          fromMs,
          toMs,
          seconds: seconds(ms),
        })),
      },
      editBursts: {
        count: edited.length,
        totalSeconds: editing.total,
        longestSeconds: editing.longest,
        items: longestOf(edited, msOf).map((burst) => ({
          fromMs: burst.first.timestamp,
          toMs: burst.last.timestamp,
          edits: burst.edits,
          insertedChars: burst.insertedChars,
          deletedChars: burst.deletedChars,
        })),
      },
    },
    provenance: fold.code.counts(),
    pastes: {
      count: pastes.count,
      totalChars: pastes.chars,
      outsideCount: pastes.outsideCount,
      outsideChars: pastes.outsideChars,
      largestChars: pastes.largestChars,
      items: fold.pastes.inOrderOfTime().map(({ seq, timestamp, filePath, lengthChars, kind, from }) => ({
        seq,
        atMs: timestamp,
        filePath,
        lengthChars,
        kind,
        from,
      })),
    },
    focus: { awayCount: awayMs.length, awaySeconds: away.total, longestAwaySeconds: away.longest },
    signals: {
      copies: count('signals.copies'),
      fullscreenExits: count('signals.fullscreenExits'),
      connectionLosses: count('signals.connectionLosses'),
      secondTabs: count('signals.secondTabs'),
    },
    annotations: {
      notes: remarks('annotations.notes'),
      flags: remarks('annotations.flags'),
      messages: count('annotations.messages'),
      timeExtensions: count('annotations.timeExtensions'),
    },
    recording: {
      rejected: count('recording.rejected'),
      quarantined: count('recording.quarantined'),
      lostEvents: count('recording.lostEvents'),
      lateEvents: count('recording.lateEvents'),
      clockFarEvents: count('recording.clockFarEvents'),
      incompleteTexts: count('recording.incompleteTexts'),
    },
  }
}
