import type { RecordedEvent } from '../protocol/events.js'
import { placeSeqOf } from '../protocol/repairs.js'

/**
 * Replay folds by time first: what an outbox brought late appears when it happened [R2]. A repair follows directly on
 * what it replaces [R5].
 */
export const byTime = (a: RecordedEvent, b: RecordedEvent): number =>
  a.timestamp - b.timestamp || placeSeqOf(a) - placeSeqOf(b) || a.seq - b.seq

/** Whether an event comes after that one, no repair, whose place this is. */
export const isBeyond = (
  event: RecordedEvent,
  place: { readonly atMs: number; readonly seq: number },
): boolean =>
  event.timestamp > place.atMs ||
  (event.timestamp === place.atMs && (placeSeqOf(event) - place.seq || event.seq - place.seq) > 0)

/** The events of a session in the order of replay, each seq once. */
export class Timeline {
  private readonly seqs = new Set<number>()
  private readonly ordered: RecordedEvent[] = []

  get events(): readonly RecordedEvent[] {
    return this.ordered
  }

  /** Adds what is new, in whatever order it comes, and answers the index of the first place that changed. */
  insert(events: readonly RecordedEvent[]): number {
    const fresh: RecordedEvent[] = []
    for (const event of events) {
      if (this.seqs.has(event.seq)) continue
      this.seqs.add(event.seq)
      fresh.push(event)
    }
    const { ordered } = this
    const [first] = fresh.sort(byTime)
    if (first === undefined) return ordered.length
    const from = this.placeOf(first)
    const later = ordered.splice(from)
    let next = 0
    for (const event of fresh) {
      while (next < later.length && byTime(later[next] as RecordedEvent, event) < 0) {
        ordered.push(later[next++] as RecordedEvent)
      }
      ordered.push(event)
    }
    while (next < later.length) ordered.push(later[next++] as RecordedEvent)
    return from
  }

  /** Forgets all events above `seq` and answers the index of the first place that changed. */
  dropAbove(seq: number): number {
    const from = this.ordered.findIndex((event) => event.seq > seq)
    if (from < 0) return this.ordered.length
    for (const event of this.ordered.splice(from)) {
      if (event.seq <= seq) this.ordered.push(event)
      else this.seqs.delete(event.seq)
    }
    return from
  }

  /** How many events happened up to and including `atMs`. */
  countUntil(atMs: number): number {
    return this.search((event) => event.timestamp <= atMs)
  }

  /** How many events lie before a place in the order of replay. */
  countBefore({ atMs, seq }: { readonly atMs: number; readonly seq: number }): number {
    return this.search(
      (event) => event.timestamp < atMs || (event.timestamp === atMs && placeSeqOf(event) < seq),
    )
  }

  private placeOf(event: RecordedEvent): number {
    return this.search((other) => byTime(other, event) < 0)
  }

  /** The number of events, from the start, for which `before` holds. */
  private search(before: (event: RecordedEvent) => boolean): number {
    let low = 0
    let high = this.ordered.length
    // Appending at the end is what a live session does nearly always.
    if (high === 0 || before(this.ordered[high - 1] as RecordedEvent)) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (before(this.ordered[middle] as RecordedEvent)) low = middle + 1
      else high = middle
    }
    return low
  }
}
