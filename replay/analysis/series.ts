import type { EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { PROVENANCES, type Provenance } from '../../protocol/http/analysis.js'
import type { SessionSeries, SignalType } from '../../protocol/http/series.js'
import { analysisOf } from './analysis-of.js'
import { MAX_AI_TURNS, MAX_SIGNALS } from './limits.js'
import type { FileMetricName, MetricName } from './metrics.js'
import { Moments } from './moments.js'
import { SessionFold } from './session-fold.js'
import { ANALYSIS_VERSION, awayTimes } from './stats.js'
import { claimOf } from './tally.js'
import type { Analysis, StatsContext } from './types.js'

export const DEFAULT_SERIES_BUCKETS = 300

export interface SeriesFold {
  /** The next events, in seq order. */
  add(events: readonly RecordedEvent[]): void
  /** What of the statistics has a place in time. `buckets`: how many the growth of the code has at most. */
  series(context: StatsContext, buckets?: number): SessionSeries
  /**
   * The statistics of the same events, which need no fold of their own: what is computed and saved is what createAnalysis comes
   * to. Null where a bound was reached that it may not have reached: it keeps less.
   */
  analysis(): Analysis | null
}

/**
 * What of a session's statistics has a place in time, told by the fold that computes the numbers, so that the end of
 * each series is the number. Begins at the first event: which events they were is never saved.
 */
export function createSeries(): SeriesFold {
  const heard = new Heard()
  const fold = new SessionFold((metric, event) => heard.hear(metric, event))
  const moments = new Moments()
  return {
    add(events) {
      for (const event of events) {
        if (event.seq > fold.throughSeq) moments.add(event)
        fold.add(event)
      }
    },
    series(context, buckets = DEFAULT_SERIES_BUCKETS) {
      const { firstPass } = fold.tests
      return {
        sessionId: context.sessionId,
        analysisVersion: ANALYSIS_VERSION,
        throughSeq: fold.throughSeq,
        code: codeGrowth(fold, moments, buckets),
        firstPass: firstPass === null ? null : { seq: firstPass.seq, atMs: firstPass.timestamp },
        testRuns: fold.tests
          .inOrderOfTime()
          .map((run) => ({ ...run, endMs: heard.runEnds.get(run.seq) ?? run.atMs })),
        aiTurns: inOrderOfTime(heard.aiTurns),
        awayTimes: awayTimes(fold, context).map(({ event: { seq, timestamp }, ms }) => ({
          seq,
          fromMs: timestamp,
          toMs: timestamp + ms,
        })),
        signals: inOrderOfTime(heard.signals),
      }
    },
    analysis: () => (fold.isWithinBounds ? analysisOf(fold) : null),
  }
}

const SIGNALS: Partial<Record<MetricName | FileMetricName, SignalType>> = {
  'signals.copies': 'copy',
  'signals.fullscreenExits': 'fullscreen_exit',
  'signals.connectionLosses': 'connection_lost',
  'signals.secondTabs': 'second_tab',
}

/** What is counted event by event, with its place in time. */
class Heard {
  readonly aiTurns: SessionSeries['aiTurns'] = []
  readonly signals: SessionSeries['signals'] = []
  /** Seq of the event that began a run → the time of its latest result. */
  readonly runEnds = new Map<number, number>()
  private readonly runOfSource = new Map<number, number>()

  hear(metric: MetricName | FileMetricName, event: RecordedEvent): void {
    const { seq, timestamp: atMs } = event
    const signal = SIGNALS[metric]
    if (signal !== undefined) {
      if (this.signals.length < MAX_SIGNALS) this.signals.push({ seq, atMs, type: signal })
    } else if (metric === 'claudeInteractions.totalInteractions') {
      if (this.aiTurns.length < MAX_AI_TURNS) this.aiTurns.push(turnOf(event))
    } else if (metric === 'testExecution.totalRuns') {
      this.runOfSource.set(event.source, seq)
      this.runEnds.set(seq, atMs)
    } else if (metric === 'testExecution.totalTests') {
      const run = this.runOfSource.get(event.source)
      if (run !== undefined) this.runEnds.set(run, Math.max(atMs, this.runEnds.get(run) ?? atMs))
    }
  }
}

function turnOf({ seq, timestamp, data }: RecordedEvent): SessionSeries['aiTurns'][number] {
  const { role, inputTokens, outputTokens, latency } = data as EventData<'ai_interaction'>
  return {
    seq,
    atMs: timestamp,
    role,
    inputTokens: claimOf(inputTokens),
    outputTokens: claimOf(outputTokens),
    latency: claimOf(latency),
  }
}

const inOrderOfTime = <T extends { seq: number; atMs: number }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => a.atMs - b.atMs || a.seq - b.seq)

/** The characters of the final files, each counted from the moment of the event that brought it. */
function codeGrowth(fold: SessionFold, moments: Moments, buckets: number): SessionSeries['code'] {
  const kinds = Object.fromEntries(PROVENANCES.map((name) => [name, [] as number[]])) as Record<
    Provenance,
    number[]
  >
  const { extent } = fold
  const brought = [...fold.code.charsBrought()]
  if (extent === null || brought.length === 0) return { startMs: null, bucketMs: 1, kinds }
  const startMs = extent.first.timestamp
  const bucketMs = Math.max(1, Math.ceil((extent.last.timestamp - startMs + 1) / buckets))
  const count = Math.floor((extent.last.timestamp - startMs) / bucketMs) + 1
  for (const name of PROVENANCES) kinds[name] = new Array<number>(count).fill(0)
  for (const { origin, seq, chars } of brought) {
    const bucket = Math.floor((moments.of(seq).timestamp - startMs) / bucketMs)
    kinds[origin][bucket] = (kinds[origin][bucket] ?? 0) + chars
  }
  for (const name of PROVENANCES) {
    const chars = kinds[name]
    for (let i = 1; i < count; i++) chars[i] = (chars[i] ?? 0) + (chars[i - 1] ?? 0)
  }
  return { startMs, bucketMs, kinds }
}
