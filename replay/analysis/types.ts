import type { RecordedEvent } from '../../protocol/events.js'
import type { SessionStats, SessionTimeline } from '../../protocol/http/analysis.js'

/** What statistics need to know that is not in the events. */
export interface StatsContext {
  sessionId: string
  status: string
  startMs: number
  /** Null while the session is open. */
  endMs: number | null
  /** Seq of an ai_interaction (of a text in pieces: of the last piece) → 1–5, instead of its own promptQuality. */
  ratings: ReadonlyMap<number, number>
  /** Notes and flags of after the close, which are no events; without, there are none. */
  laterRemarks?: readonly LaterRemark[]
}

export interface LaterRemark {
  kind: 'note' | 'flag'
  /** The moment that it is about, epoch ms. */
  atMs: number
  /** The event that it is about, where it names one. */
  targetSeq: number | null
}

/**
 * Everything that is computed of one session, as a fold over its events in seq order. Memory is bounded (see
 * docs/statistics.md), and what was computed can be saved and continued.
 */
export interface Analysis {
  /** Takes the next events, in seq order. What lies at or below {@link throughSeq} is left out. */
  add(events: readonly RecordedEvent[]): void
  readonly throughSeq: number
  stats(context: StatsContext): SessionStats
  /** `buckets` is about how many the density is given in, 1 to 5,000; 600 without. */
  timeline(options?: { buckets?: number }): SessionTimeline
  /**
   * All of it, fit for JSON: `createAnalysis(JSON.parse(JSON.stringify(saved)))` goes on identically. It holds
   * what the candidate wrote, so it must be erased and redacted where the events are.
   */
  save(): unknown
}

/** An event's share in a number; `amount` is null where the share can't be told. */
export interface Contribution {
  seq: number
  timestamp: number
  type: string
  amount: number | null
}
