import type { RecordedEvent } from '../../protocol/events.js'
import type { LiveEvents } from '../../protocol/socket-events.js'

/**
 * Live batches that came before their turn, by seq. Bounded: when live outruns what is read from the log, all of
 * it is dropped, since the log has it too [I8].
 */
export class LiveQueue {
  #batches: LiveEvents[] = []
  #events = 0

  constructor(
    readonly maxEvents = MAX_EVENTS,
    readonly maxBatches = MAX_BATCHES,
  ) {}

  add(batch: LiveEvents): void {
    if (this.#events + batch.events.length > this.maxEvents || this.#batches.length >= this.maxBatches)
      this.#clear()
    // Mostly the latest one: search from the end.
    let place = this.#batches.length
    while (place > 0 && (this.#batches[place - 1] as LiveEvents).firstSeq > batch.firstSeq) place--
    this.#batches.splice(place, 0, batch)
    this.#events += batch.events.length
  }

  /** Takes all events that follow `lastSeq` without a hole. */
  take(lastSeq: number): RecordedEvent[] {
    const taken: RecordedEvent[] = []
    let used = 0
    for (const { firstSeq, events } of this.#batches) {
      const nextSeq = lastSeq + taken.length + 1
      if (firstSeq > nextSeq) break
      used++
      for (let i = nextSeq - firstSeq; i < events.length; i++) {
        taken.push({ ...(events[i] as LiveEvents['events'][number]), seq: firstSeq + i })
      }
    }
    for (const { events } of this.#batches.splice(0, used)) this.#events -= events.length
    return taken
  }

  /** Drops what is of another epoch; answers the highest seq that is left, or 0. */
  keepEpoch(epoch: number): number {
    const kept = this.#batches.filter((batch) => batch.epoch === epoch)
    this.#clear()
    for (const batch of kept) this.add(batch)
    return kept.reduce((head, { firstSeq, events }) => Math.max(head, firstSeq + events.length - 1), 0)
  }

  #clear(): void {
    this.#batches = []
    this.#events = 0
  }
}

const MAX_EVENTS = 5_000
const MAX_BATCHES = 500
