import type { RecordedEvent } from '../protocol/events.js'

export interface EventQuery {
  afterSeq: number
  /** No further than this one. */
  throughSeq?: number | undefined
  limit: number
  types?: readonly string[] | undefined
  /** Of these writers alone. */
  sources?: readonly number[] | undefined
  fromMs?: number | undefined
  toMs?: number | undefined
}

export interface EventPage {
  epoch: number
  events: RecordedEvent[]
  /** Where the next page starts, or null at the end of what there is now. */
  nextAfterSeq: number | null
}

/** A page is also cut at this size, so that no caller holds a whole session of large events at once. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024
/** So many seqs are looked through for one page, however few of them match. */
export const MAX_PAGE_SEQS = 20_000

/**
 * A page in the making. INVARIANT: where it ends follows from the query and the events alone, never from the store that
 * they come from, so that a recording reads the same before and after it moves.
 */
export class PageInTheMaking {
  readonly events: RecordedEvent[] = []
  /** The last seq that this page may look at. */
  readonly endSeq: number
  private bytes = 0

  constructor(private readonly query: EventQuery) {
    this.endSeq = Math.min(query.afterSeq + MAX_PAGE_SEQS, query.throughSeq ?? Number.POSITIVE_INFINITY)
  }

  matches = (event: { type: string; timestamp: number; source: number }): boolean => {
    const { types, sources, fromMs, toMs } = this.query
    return (
      (types === undefined || types.includes(event.type)) &&
      (sources === undefined || sources.includes(event.source)) &&
      (fromMs === undefined || event.timestamp >= fromMs) &&
      (toMs === undefined || event.timestamp <= toMs)
    )
  }

  /** How many events there is room for. */
  get left(): number {
    return this.query.limit - this.events.length
  }

  /** Takes the next event that matches; false where it belongs to the next page. */
  add(event: RecordedEvent): boolean {
    const bytes = sizeOf(event)
    if (this.left <= 0 || (this.events.length > 0 && this.bytes + bytes > MAX_PAGE_BYTES)) return false
    this.events.push(event)
    this.bytes += bytes
    return true
  }

  /** Ends before an event that had no room. */
  full(epoch: number): EventPage {
    return this.endingAt(epoch, this.events.at(-1)?.seq ?? this.query.afterSeq)
  }

  endingAt(epoch: number, nextAfterSeq: number | null): EventPage {
    return { epoch, events: this.events, nextAfterSeq }
  }
}

/** The same for an event wherever it is read from, so that pages are cut at the same places. */
const sizeOf = (event: RecordedEvent): number => 200 + JSON.stringify(event.data ?? null).length
