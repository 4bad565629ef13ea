import type { Schedule } from './schedule.js'

/** A Redis master that does not answer: what is recorded meanwhile is received when it is back. */
export interface Away {
  fromMs: number
  toMs: number
  isItsShard: (shard: number) => boolean
}

/**
 * The candidates' events: all play the same rhythm, over and over, each from a place of its own. An event exists only once it is
 * looked at, so that millions of them take no memory.
 */
export class Sessions {
  away: Away | null = null
  readonly #gaps: Float64Array
  readonly #nextMs: Float64Array
  /** Of the event that comes next, in the rhythm. */
  readonly #position: Int32Array
  readonly #shard: Uint16Array

  constructor(plan: { count: number; gaps: Float64Array; shards: number; random: () => number }) {
    const { count, gaps, shards, random } = plan
    this.#gaps = gaps
    this.#nextMs = new Float64Array(count)
    this.#position = new Int32Array(count)
    this.#shard = new Uint16Array(count)
    const endsMs = gaps.slice()
    for (let i = 1; i < endsMs.length; i++) endsMs[i] = (endsMs[i] ?? 0) + (endsMs[i - 1] ?? 0)
    const cycleMs = endsMs.at(-1) ?? 0
    for (let session = 0; session < count; session++) {
      // A moment of the interview, not an event of it: most moments lie in the long pauses.
      const atMs = random() * cycleMs
      const position = firstAbove(endsMs, atMs)
      this.#position[session] = position
      this.#nextMs[session] = (endsMs[position] ?? 0) - atMs
      this.#shard[session] = Math.floor(random() * shards)
    }
  }

  /** Takes what was received up to a moment, and is not committed. @returns when, in order */
  take(session: number, untilMs: number): number[] {
    const taken: number[] = []
    let at = this.#nextMs[session] as number
    let position = this.#position[session] as number
    for (;;) {
      const receivedMs = this.#receivedAt(session, at)
      if (receivedMs > untilMs) break
      taken.push(receivedMs)
      position = position + 1 === this.#gaps.length ? 0 : position + 1
      at += this.#gaps[position] as number
    }
    this.#nextMs[session] = at
    this.#position[session] = position
    return taken
  }

  placeOf(session: number): [nextMs: number, position: number] {
    return [this.#nextMs[session] as number, this.#position[session] as number]
  }

  /** After a transaction that was undone. */
  putBack(session: number, [nextMs, position]: [nextMs: number, position: number]): void {
    this.#nextMs[session] = nextMs
    this.#position[session] = position
  }

  /**
   * When a session is due whose earlier events are committed: so long after its next event, or after now where that one has come
   * already; earlier where so many come before.
   */
  dueOf(session: number, nowMs: number, { dueAfterMs, dueEvents }: Schedule) {
    const [firstMs, first] = this.placeOf(session)
    const shard = this.#shard[session] as number
    const dueMs = Math.max(nowMs, this.#receivedAt(session, firstMs)) + dueAfterMs
    let at = firstMs
    let position = first
    for (let count = 1; count < dueEvents; count++) {
      position = position + 1 === this.#gaps.length ? 0 : position + 1
      at += this.#gaps[position] as number
      if (at >= dueMs) return { shard, dueMs, isFull: false }
    }
    const fullMs = Math.max(nowMs, this.#receivedAt(session, at))
    return fullMs < dueMs ? { shard, dueMs: fullMs, isFull: true } : { shard, dueMs, isFull: false }
  }

  isAway(shard: number, nowMs: number): boolean {
    const { away } = this
    return away !== null && nowMs >= away.fromMs && nowMs < away.toMs && away.isItsShard(shard)
  }

  /** Received and not taken, of all. */
  backlogAt(nowMs: number): number {
    let count = 0
    for (let session = 0; session < this.#nextMs.length; session++) {
      const place = this.placeOf(session)
      count += this.take(session, nowMs).length
      this.putBack(session, place)
    }
    return count
  }

  #receivedAt(session: number, recordedMs: number): number {
    if (this.away === null || !this.isAway(this.#shard[session] as number, recordedMs)) return recordedMs
    return this.away.toMs
  }
}

function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return low
}
