import type { RecordedEvent } from '../../protocol/events.js'
import type { SegmentRange } from '../../protocol/http/analysis.js'

/** A segment ends behind the event with which it has so many events, or so much text. */
export const SEGMENT_EVENTS = 2000
export const SEGMENT_TEXT_UNITS = 1024 * 1024

/** What an event needs beside its data, in JSON. */
const EVENT_UNITS = 120
const NUMBER_UNITS = 6

/**
 * Cuts a session's events into segments of a bounded size, by nothing but the events themselves: they are the
 * same for a live session and an archived one.
 */
export class Segments {
  private list: SegmentRange[] = []
  /** Of the last segment, which is still growing. */
  private openUnits = 0

  add(event: RecordedEvent): void {
    const units = EVENT_UNITS + unitsOf(event.data)
    const open = this.list.at(-1)
    const full =
      open !== undefined && (open.eventCount >= SEGMENT_EVENTS || this.openUnits >= SEGMENT_TEXT_UNITS)
    if (open === undefined || full) {
      this.openUnits = units
      this.list.push({
        n: this.list.length,
        firstSeq: event.seq,
        lastSeq: event.seq,
        firstMs: event.timestamp,
        lastMs: event.timestamp,
        eventCount: 1,
      })
      return
    }
    this.openUnits += units
    open.lastSeq = event.seq
    open.firstMs = Math.min(open.firstMs, event.timestamp)
    open.lastMs = Math.max(open.lastMs, event.timestamp)
    open.eventCount++
  }

  toArray(): SegmentRange[] {
    return this.list.map((segment) => ({ ...segment }))
  }

  save() {
    const rows = this.list.map((s) => [s.firstSeq, s.lastSeq, s.firstMs, s.lastMs, s.eventCount] as const)
    return { openUnits: this.openUnits, rows }
  }

  restore(saved: ReturnType<Segments['save']>): void {
    this.openUnits = saved.openUnits
    this.list = saved.rows.map(([firstSeq, lastSeq, firstMs, lastMs, eventCount], n) => {
      return { n, firstSeq, lastSeq, firstMs, lastMs, eventCount }
    })
  }
}

/** About how long some data is as JSON, without writing it. Data is never deeper than MAX_DATA_DEPTH. */
export function unitsOf(data: unknown): number {
  if (typeof data === 'string') return data.length + 2
  if (typeof data !== 'object' || data === null) return NUMBER_UNITS
  let units = 2
  if (Array.isArray(data)) {
    for (const item of data) units += 1 + unitsOf(item)
    return units
  }
  for (const key in data) units += key.length + 4 + unitsOf((data as Record<string, unknown>)[key])
  return units
}
