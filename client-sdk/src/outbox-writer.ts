import type { OpenOutbox, Outbox, OutboxEntry, StorageState } from './outbox.js'

/** Writes to an outbox beside the recording. A failure is told and stops nothing: the events are in memory too. */
export class OutboxWriter {
  readonly outbox: Outbox
  state: StorageState = 'memory'

  /** @param onChange called when `state` changes after a call has returned */
  constructor(
    sourceId: string,
    readonly given: Outbox | OpenOutbox,
    readonly onChange: () => void,
  ) {
    if (typeof given === 'function') {
      this.state = 'opening'
      this.outbox = given(sourceId, (state) => this.#become(state))
    } else this.outbox = given
  }

  keep(entries: readonly OutboxEntry[]): void {
    // Copies: the queue's own objects change when their times are mapped.
    const copies = entries.map(({ seq, json, timestampMs, mapped }) => ({ seq, json, timestampMs, mapped }))
    this.#run(() => this.outbox.append(copies))
  }

  forgetThrough(seq: number): void {
    this.#run(() => this.outbox.forgetThrough(seq))
  }

  #run(write: () => Promise<void> | void): void {
    try {
      const done = write()
      if (done) {
        done.then(
          () => this.#become('memory'),
          () => this.#become('failed'),
        )
      } else if (this.outbox === this.given) this.#become('memory')
    } catch {
      this.#become('failed')
    }
  }

  #become(state: StorageState): void {
    if (this.state === state) return
    this.state = state
    this.onChange()
  }
}
