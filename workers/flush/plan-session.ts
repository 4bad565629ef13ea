import type { BufferedBatch } from '../../db/buffer/event-buffer.js'

/** A session's row and its sources' watermarks as PostgreSQL has them, read under the row's lock. */
export interface CommittedState {
  epoch: number
  eventCount: number
  /** Committed source seq by source number. */
  sources: ReadonlyMap<number, number>
}

/** One event on its way into PostgreSQL, with the place it will have there. */
export interface PlannedEvent {
  seq: number
  source: number
  sourceSeq: number
  receivedAtMs: number
  late: boolean
  /** As buffered (db/buffer/event-line.ts). */
  line: string
}

export interface SessionPlan {
  events: PlannedEvent[]
  /** The session's event_count afterwards. */
  committedSeq: number
  /** Source watermarks afterwards, of the sources that moved or stood in the buffer. */
  sources: Map<number, number>
  /** Redis had promised other seqs: a new epoch must tell everybody. */
  renumbered: boolean
  /** A source's events start beyond what is committed, or the source is unknown; from there on nothing was taken [R6]. */
  hole: { source: number; expectedSeq: number; foundSeq: number } | null
  /** The buffer may be trimmed up to this session seq (as promised in the buffer), exclusive. */
  keepFromSeq: number
  committedBytes: number
}

/**
 * What of a session's buffered batches PostgreSQL has still to take, and under which seqs. Pure, and the place
 * where "nothing doubled" is decided: whatever was read from the buffer, however stale, only what lies above
 * the committed watermark of its source passes [I3].
 */
export function planSession(committed: CommittedState, batches: readonly BufferedBatch[]): SessionPlan {
  const plan: SessionPlan = {
    events: [],
    committedSeq: committed.eventCount,
    sources: new Map(),
    renumbered: false,
    hole: null,
    keepFromSeq: 1,
    committedBytes: 0,
  }
  for (const batch of batches) {
    const known = plan.sources.get(batch.source) ?? committed.sources.get(batch.source)
    const have = known ?? 0
    // A source without a row has no watermark that could move: its events would be taken again and again. Its
    // number came from a PostgreSQL that knew more than this one [R13].
    if (known === undefined || batch.firstSourceSeq > have + 1) {
      plan.hole = { source: batch.source, expectedSeq: have + 1, foundSeq: batch.firstSourceSeq }
      break
    }
    const skip = Math.min(batch.count, have + 1 - batch.firstSourceSeq)
    for (let i = skip; i < batch.count; i++) {
      plan.committedSeq += 1
      if (plan.committedSeq !== batch.firstSeq + i) plan.renumbered = true
      plan.events.push({
        seq: plan.committedSeq,
        source: batch.source,
        sourceSeq: batch.firstSourceSeq + i,
        receivedAtMs: batch.receivedAtMs,
        late: batch.late,
        line: batch.lines[i] as string,
      })
    }
    plan.sources.set(batch.source, Math.max(have, batch.firstSourceSeq + batch.count - 1))
    plan.keepFromSeq = batch.firstSeq + batch.count
    plan.committedBytes += batch.bytes
  }
  return plan
}
