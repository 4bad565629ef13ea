import { type CutBatch, cutBatch } from './event-batch.js'
import type { Intake } from './intake.js'

export interface SentBatch {
  firstSeq: number
  lastSeq: number
  sentAtMs: number
}

/**
 * Which events have been sent and not yet acked, and which come next.
 *
 * INVARIANT: batches go out in seq order from `nextSeq`. Whatever fails sets `nextSeq` back and forgets what is
 * in flight, so an ack counts only for a batch that nothing has overtaken: a later one may speak of an epoch
 * that is gone. The service drops what it has already; sending twice is harmless, sending too little is not.
 */
export class SendWindow {
  /** When the last batch went out. */
  sentAtMs = Number.NEGATIVE_INFINITY
  #nextSeq = 1
  #nextId = 1
  #inFlight = new Map<number, SentBatch>()
  #maxBatchEvents: number

  constructor(readonly intake: Pick<Intake, 'queue' | 'readySeq' | 'limits' | 'batchRoomBytes'>) {
    this.#maxBatchEvents = intake.limits.maxBatchEvents
  }

  get nextSeq(): number {
    return this.#nextSeq
  }

  get hasInFlight(): boolean {
    return this.#inFlight.size > 0
  }

  /** When the batch was sent whose ack has been awaited longest. */
  get oldestSentAtMs(): number | null {
    const [oldest] = this.#inFlight.values()
    return oldest?.sentAtMs ?? null
  }

  /** A welcome has brought its limits; an earlier shrinking is over. */
  welcomed(): void {
    this.#maxBatchEvents = this.intake.limits.maxBatchEvents
  }

  /** The batch that could go out now, or null where nothing waits or the window is full. */
  peek(): CutBatch | null {
    const { queue, readySeq, limits, batchRoomBytes } = this.intake
    const isFull = this.#inFlight.size >= limits.maxInFlightBatches
    if (isFull || this.#nextSeq > readySeq) return null
    const bytes = Math.min(batchRoomBytes * BATCH_FILL, USUAL_BATCH_BYTES)
    return cutBatch(queue, this.#nextSeq, this.#maxBatchEvents, bytes, readySeq)
  }

  /** The batch of the last peek goes out. @returns an id for its ack */
  sent(nowMs: number, { events }: CutBatch): number {
    const firstSeq = this.#nextSeq
    this.#nextSeq += events.length
    this.#inFlight.set(this.#nextId, { firstSeq, lastSeq: this.#nextSeq - 1, sentAtMs: nowMs })
    this.sentAtMs = nowMs
    return this.#nextId++
  }

  /** The batch that an ack is for; undefined where it no longer counts. */
  acked(id: number): SentBatch | undefined {
    const batch = this.#inFlight.get(id)
    this.#inFlight.delete(id)
    return batch
  }

  rewind(toSeq: number): void {
    this.#inFlight.clear()
    this.#nextSeq = Math.max(this.intake.queue.firstSeq, toSeq)
  }

  /** The queue has forgotten events; what is gone need not be sent. */
  skipForgotten(): void {
    this.#nextSeq = Math.max(this.#nextSeq, this.intake.queue.firstSeq)
  }

  /** Sends half as much at once from now on. @returns false where the batch was a single event already */
  shrink({ firstSeq, lastSeq }: SentBatch): boolean {
    const count = lastSeq - firstSeq + 1
    this.#maxBatchEvents = count > 1 ? Math.ceil(count / 2) : this.intake.limits.maxBatchEvents
    return count > 1
  }
}

/** Of a batch, and of what goes out in one task of the page: to put more into JSON at once would hold up its frames. */
export const USUAL_BATCH_BYTES = 128 * 1024
/** A service may count what stands around an event's data more generously than it is written. */
const BATCH_FILL = 0.9
