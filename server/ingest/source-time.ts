import type { EventMeta } from '../../db/buffer/event-line.js'
import { CLOCK_FAR_MS, CLOCK_PAST_MAX_MS } from '../../protocol/limits.js'

/** Of the many connections that have nothing under way: an empty map of its own takes some 200 bytes. Nothing is put into it. */
const NONE = new Map<number, number>()

/** Far more than any recorder has in flight. */
const MAX_PENDING_BATCHES = 64

/**
 * The time line of one source as this connection knows it: which timestamp stands before a given source seq.
 * Batches are pipelined and sent again, so "the last one seen" would be wrong: an earlier batch that comes
 * again behind a later one must not be measured against it, or its times would be changed.
 */
export class SourceTimeline {
  /** The last timestamp of batches that were checked and have no answer yet, by their last seq. */
  private pending = NONE

  constructor(
    private receivedSeq: number,
    private receivedTimestampMs: number | null,
  ) {}

  /** The stored timestamp of the event before `seq`, or null where it is not known. */
  before(seq: number): number | null {
    if (seq === this.receivedSeq + 1) return this.receivedTimestampMs
    return this.pending.get(seq - 1) ?? null
  }

  checked(lastSeq: number, timestampMs: number): void {
    if (lastSeq <= this.receivedSeq) return
    if (this.pending === NONE) this.pending = new Map()
    this.pending.set(lastSeq, timestampMs)
    // Batches that are refused, for a gap say, never get received: the oldest go when there are too many [I8].
    const [oldest] = this.pending.keys()
    if (this.pending.size > MAX_PENDING_BATCHES && oldest !== undefined) this.pending.delete(oldest)
  }

  received(seq: number): void {
    if (seq <= this.receivedSeq) return
    this.receivedTimestampMs = this.pending.get(seq) ?? null
    this.receivedSeq = seq
    for (const lastSeq of this.pending.keys()) if (lastSeq <= seq) this.pending.delete(lastSeq)
    if (this.pending.size === 0) this.pending = NONE
  }
}

export interface PlacedInTime {
  timestampMs: number
  meta: EventMeta | null
}

/**
 * The timestamp under which an event is stored, and what differs from what was sent [R2]. Never refuses: a clock
 * that is far off is flagged, a time that can't be right takes the place of its neighbour, a falling one that of
 * the event before it; the raw time is kept each time.
 * @param beforeMs the stored timestamp of the source's event before, null where there is none
 * @param neighbourMs a time to use where this one can't be right and there is no event before
 */
export function placeInTime(
  timestamp: number,
  beforeMs: number | null,
  neighbourMs: number,
  receivedAtMs: number,
): PlacedInTime {
  const far = Math.abs(timestamp - receivedAtMs) > CLOCK_FAR_MS
  let timestampMs = Math.round(timestamp)
  // Taken as it is, a time in the far future would drag all later events of its source along.
  if (!isPlausible(timestamp, receivedAtMs)) timestampMs = beforeMs ?? neighbourMs
  if (beforeMs !== null) timestampMs = Math.max(timestampMs, beforeMs)
  if (!far && timestampMs === timestamp) return { timestampMs, meta: null }
  const meta: EventMeta = {}
  if (timestampMs !== timestamp) meta.rawTimestamp = timestamp
  if (far) meta.flags = ['clock_far']
  return { timestampMs, meta }
}

/** Whether an event can have happened then. An outbox may deliver days late, but nothing comes from tomorrow. */
export const isPlausible = (timestamp: unknown, receivedAtMs: number): timestamp is number =>
  typeof timestamp === 'number' &&
  timestamp <= receivedAtMs + CLOCK_FAR_MS &&
  timestamp >= receivedAtMs - CLOCK_PAST_MAX_MS
