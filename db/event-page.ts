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

/** Its events are objects, or JSON: as whoever reads them needs them. */
export interface EventPage<Event> {
  epoch: number
  events: Event[]
  /** Where the next page starts, or null at the end of what there is now. */
  nextAfterSeq: number | null
}

/** A page is also cut at this size, so that no caller holds a whole session of large events at once. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024
/** What an event is taken to have besides its data. */
const ENVELOPE_BYTES = 200
/** So many seqs are looked through for one page, however few of them match. */
export const MAX_PAGE_SEQS = 20_000

/**
 * A page in the making. INVARIANT: where it ends follows from the query and the events alone, never from the store that
 * they come from, so that a recording reads the same before and after it moves.
 */
export class PageInTheMaking<Event> {
  readonly events: Event[] = []
  /** The last seq that this page may look at. */
  readonly endSeq: number
  /** Of the events, and 0 without any. */
  lastSeq = 0
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

  /**
   * Takes the next event that matches; false where it belongs to the next page.
   * @param dataChars the length of its data's JSON: the same wherever it is read from, so that pages end at the same places
   */
  add(seq: number, dataChars: number, event: Event): boolean {
    const bytes = ENVELOPE_BYTES + dataChars
    if (this.left <= 0 || (this.events.length > 0 && this.bytes + bytes > MAX_PAGE_BYTES)) return false
    this.events.push(event)
    this.lastSeq = seq
    this.bytes += bytes
    return true
  }

  /** Ends before an event that had no room. */
  full(epoch: number): EventPage<Event> {
    return this.endingAt(epoch, this.events.length === 0 ? this.query.afterSeq : this.lastSeq)
  }

  endingAt(epoch: number, nextAfterSeq: number | null): EventPage<Event> {
    return { epoch, events: this.events, nextAfterSeq }
  }
}
