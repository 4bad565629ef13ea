import type { RecordedEvent } from '../protocol/events.js'
import { byTime } from './timeline.js'

/** Events of which the earliest, in the order of replay, comes out first. Each carries a weight. */
export class EventHeap {
  private entries: { event: RecordedEvent; weight: number }[] = []
  private sum = 0

  /** The sum of what is in it. */
  get weight(): number {
    return this.sum
  }

  get earliest(): RecordedEvent | undefined {
    return this.entries[0]?.event
  }

  push(event: RecordedEvent, weight: number): void {
    const { entries } = this
    const entry = { event, weight }
    this.sum += weight
    let at = entries.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (byTime(this.at(parent), event) <= 0) break
      entries[at] = entries[parent] as (typeof entries)[0]
      at = parent
    }
    entries[at] = entry
  }

  pop(): RecordedEvent | undefined {
    const { entries } = this
    const first = entries[0]
    const last = entries.pop()
    if (first === undefined || last === undefined) return undefined
    this.sum -= first.weight
    if (entries.length > 0) this.sink(last)
    return first.event
  }

  /** Drops the latest events until no more than `weight` is left, one event at least; answers the earliest dropped. */
  keepEarliest(weight: number): RecordedEvent | undefined {
    this.entries.sort((a, b) => byTime(a.event, b.event))
    let kept = 0
    const end = this.entries.findIndex((entry, i) => {
      kept += entry.weight
      return i > 0 && kept > weight
    })
    if (end < 0) return undefined
    // Sorted, the entries are a heap already.
    const dropped = this.entries.splice(end)
    for (const entry of dropped) this.sum -= entry.weight
    return dropped[0]?.event
  }

  private sink(entry: { event: RecordedEvent; weight: number }): void {
    const { entries } = this
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && byTime(this.at(child + 1), this.at(child)) < 0) child++
      if (byTime(this.at(child), entry.event) >= 0) break
      entries[at] = entries[child] as typeof entry
      at = child
    }
    entries[at] = entry
  }

  private at(place: number): RecordedEvent {
    return (this.entries[place] as { event: RecordedEvent }).event
  }
}
