import type { RecordedEvent } from '../../protocol/events.js'

/**
 * A recording as encoders read it: as often as they like, a page at a time, in the order of replay [R2].
 * Every reading ends at the same event, also where the session goes on meanwhile.
 */
export interface ExportSource {
  /** All events, or those of these types; pieces of long events may still be apart [R7]. */
  events(types?: readonly string[]): AsyncIterable<readonly RecordedEvent[]>
}

/** What is exported beside the events. Times are epoch ms. */
export interface ExportedSession {
  id: string
  candidateId: string
  status: 'ACTIVE' | 'COMPLETED' | 'ABANDONED' | 'ERROR'
  question: unknown
  timeLimitSec: number | null
  startMs: number
  endMs: number | null
  sources: readonly {
    source: number
    role: string
    sub: string
    firstSeenMs: number
    lastSeenMs: number
  }[]
}
