import type { RecordedEvent } from '../../protocol/events.js'
import { type Backoff, backoffMs } from './backoff.js'
import type { Environment } from './environment.js'

export interface HistoryReading {
  /** A page of the log behind a seq. */
  read(afterSeq: number): Promise<{ events: RecordedEvent[] }>
  /** The next events, consecutive ones from the first on. */
  onEvents(events: RecordedEvent[]): void
}

/**
 * Reads the events of a session from its first one up to one that is committed: whatever epoch comes, they stay the same
 * [R3]. The next page is on its way while one is taken.
 */
export class HistoryReader {
  #lastSeq = 0
  #endSeq = 0
  #isStarted = false
  #isStopped = false

  constructor(
    readonly reading: HistoryReading,
    readonly env: Environment,
  ) {}

  /** Reads up to this one; once. */
  start(endSeq: number): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#endSeq = endSeq
    void this.#run()
  }

  /** There is nothing above that is known any more. */
  endAt(seq: number): void {
    this.#endSeq = Math.min(this.#endSeq, seq)
  }

  stop(): void {
    this.#isStopped = true
  }

  async #run(): Promise<void> {
    let page: Promise<RecordedEvent[] | null> | null = null
    for (let failures = 0; this.#isReading; ) {
      const events = this.#next((await (page ?? this.#ask())) ?? [])
      page = null
      if (events.length === 0) {
        await this.#sleep(backoffMs(RETRY_BACKOFF, ++failures, this.env.random))
        continue
      }
      failures = 0
      this.#lastSeq += events.length
      if (this.#isReading) page = this.#ask()
      // So that it is sent off before these keep the thread busy, and others get a turn between two pages.
      await this.#sleep(0)
      if (this.#isStopped) return
      // Meanwhile the history may have come to end before some of them.
      const kept = events.filter(({ seq }) => seq <= this.#endSeq)
      if (kept.length > 0) this.reading.onEvents(kept)
    }
  }

  get #isReading(): boolean {
    return !this.#isStopped && this.#lastSeq < this.#endSeq
  }

  /** Null where it could not be read, now. */
  #ask(): Promise<RecordedEvent[] | null> {
    return this.reading.read(this.#lastSeq).then(
      ({ events }) => events,
      () => null,
    )
  }

  /** Those that follow without a hole. */
  #next(events: readonly RecordedEvent[]): RecordedEvent[] {
    const fresh = events.filter(({ seq }) => seq > this.#lastSeq && seq <= this.#endSeq)
    const hole = fresh.findIndex(({ seq }, i) => seq !== this.#lastSeq + 1 + i)
    return hole < 0 ? fresh : fresh.slice(0, hole)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.env.after(ms, resolve))
  }
}

const RETRY_BACKOFF: Backoff = { firstMs: 250, mostMs: 10_000 }
