import type { OutboxEntry } from './outbox.js'
import type { EventContent } from './split-event.js'

/** An event in memory: sent, or to be sent, and not yet committed. */
export interface QueuedEvent extends OutboxEntry {
  /** UTF-8 bytes of its JSON as it travels, timestamp included; the most it can be, while it is not written out. */
  bytes: number
  /** Local time it was recorded at; the age of the oldest unreceived event tells whether the recorder lags. */
  recordedAtMs: number
  /** It has no `json` yet: it is written out when no key handler waits. */
  unwritten?: EventContent | undefined
}

/** Uncommitted events in seq order, without holes: from firstSeq to lastSeq, empty where lastSeq < firstSeq. */
export class EventQueue {
  #events: QueuedEvent[] = []
  /** Events before this index are gone; the array is cut now and then rather than shifted each time. */
  #head = 0
  #firstSeq = 1
  #bytes = 0

  get firstSeq(): number {
    return this.#firstSeq
  }

  get lastSeq(): number {
    return this.#firstSeq + this.#events.length - this.#head - 1
  }

  /** Bytes of JSON of all that is held. */
  get bytes(): number {
    return this.#bytes
  }

  push(event: QueuedEvent): void {
    this.#events.push(event)
    this.#bytes += event.bytes
  }

  at(seq: number): QueuedEvent | undefined {
    return seq < this.#firstSeq ? undefined : this.#events[this.#head + seq - this.#firstSeq]
  }

  /** Puts another event in the place of one that is held. */
  replace(event: QueuedEvent): void {
    const before = this.at(event.seq)
    if (before === undefined) return
    this.#events[this.#head + event.seq - this.#firstSeq] = event
    this.#bytes += event.bytes - before.bytes
  }

  /** With nothing held: the next event will have this seq. */
  startAt(seq: number): void {
    this.#firstSeq = seq
  }

  /** Drops everything up to `seq`; answers the last event dropped. */
  forgetThrough(seq: number): QueuedEvent | undefined {
    let last: QueuedEvent | undefined
    while (this.#firstSeq <= seq && this.#head < this.#events.length) {
      last = this.#events[this.#head] as QueuedEvent
      this.#bytes -= last.bytes
      this.#head++
      this.#firstSeq++
    }
    if (this.#head > 1000 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
    return last
  }

  [Symbol.iterator](): IterableIterator<QueuedEvent> {
    return this.#events.slice(this.#head)[Symbol.iterator]()
  }
}

/** `{"firstSeq":…,"events":[…]}`, the event's name and the packet's own few characters. */
export const BATCH_OVERHEAD_BYTES = 128
