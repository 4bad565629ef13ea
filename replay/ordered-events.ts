import type { RecordedEvent } from '../protocol/events.js'
import { EventHeap } from './event-heap.js'
import { byTime } from './timeline.js'

/** A run of seqs, and the earliest and the latest timestamp among its events (epoch ms). */
export interface TimedSegment {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly firstMs: number
  readonly lastMs: number
}

export interface OrderedReading<S extends TimedSegment> {
  /** Of the whole recording, in any order. */
  segments: readonly S[]
  /** The events of a segment, in any order; asked for again where not all of them could be held. */
  load(segment: S): AsyncIterable<readonly RecordedEvent[]>
  /** Later events are left out, epoch ms. */
  untilMs?: number
  /** Of how much an event takes up, in the unit of `maxHeld`; without it each counts 1. */
  weightOf?: (event: RecordedEvent) => number
  /** So much may wait for its turn at once. */
  maxHeld?: number
}

const BATCH_EVENTS = 128

/**
 * A recording that is kept by seq, in the order of replay: by timestamp, then seq [R2]. A segment is read once no
 * event before its first one is left to give, so that only segments whose times overlap are held at once.
 *
 * A sender can make all segments overlap. Then the latest events are let go of, and their segments read again when
 * the others have been given: the memory stays bounded, the reading takes longer.
 */
export async function* orderedEvents<S extends TimedSegment>({
  segments,
  load,
  untilMs = Number.POSITIVE_INFINITY,
  weightOf = () => 1,
  maxHeld = 40_000,
}: OrderedReading<S>): AsyncGenerator<RecordedEvent[]> {
  // Where time ends is looked at first, so that the last of the list is the next one to be read.
  let unread = segments.filter((segment) => segment.firstMs <= untilMs).sort(latestFirst)
  let given: RecordedEvent | null = null

  while (unread.length > 0) {
    const held = new EventHeap()
    const read: S[] = []
    /** Of this round: the earliest event that was let go of, for the next round with all that follow it. */
    let end: RecordedEvent | undefined

    const take = (event: RecordedEvent): void => {
      if (event.timestamp > untilMs) return
      if (given !== null && byTime(event, given) <= 0) return
      if (end !== undefined && byTime(event, end) >= 0) return
      held.push(event, weightOf(event))
      if (held.weight > maxHeld) end = held.keepEarliest(maxHeld / 2) ?? end
    }

    for (;;) {
      const next = unread.at(-1)
      const { earliest } = held
      const limitMs = Math.min(earliest?.timestamp ?? Number.POSITIVE_INFINITY, end?.timestamp ?? untilMs)
      if (next !== undefined && next.firstMs <= limitMs) {
        unread.pop()
        read.push(next)
        for await (const events of load(next)) events.forEach(take)
        continue
      }
      if (earliest === undefined) break
      const batch = takenUntil(held, next?.firstMs ?? Number.POSITIVE_INFINITY)
      given = batch.at(-1) as RecordedEvent
      yield batch
    }

    const from = end
    if (from === undefined) return
    unread = [...unread, ...read.filter((segment) => segment.lastMs >= from.timestamp)].sort(latestFirst)
  }
}

const latestFirst = (a: TimedSegment, b: TimedSegment): number =>
  b.firstMs - a.firstMs || b.firstSeq - a.firstSeq

/** Some of the events before `beforeMs`, at least one. */
function takenUntil(held: EventHeap, beforeMs: number): RecordedEvent[] {
  const batch: RecordedEvent[] = []
  while (batch.length < BATCH_EVENTS) {
    const { earliest } = held
    if (earliest === undefined || earliest.timestamp >= beforeMs) break
    batch.push(held.pop() as RecordedEvent)
  }
  return batch
}
