import { ERRORS, type ErrorCode } from '../../protocol/errors.js'
import type { Outbox, OutboxEntry } from './outbox.js'

/** Writes to an outbox beside the recording. A failure is told and stops nothing: the events are in memory too. */
export class OutboxWriter {
  /** Set while the last write failed. */
  error: { code: ErrorCode; message: string } | null = null

  /** @param onChange called when `error` changes after a call has returned */
  constructor(
    readonly outbox: Outbox,
    readonly onChange: () => void,
  ) {}

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
      if (done === undefined) this.error = null
      else
        done.then(
          () => this.#ended(null),
          () => this.#ended(OUTBOX_FAILED),
        )
    } catch {
      this.error = OUTBOX_FAILED
    }
  }

  #ended(error: OutboxWriter['error']): void {
    if (this.error === error) return
    this.error = error
    this.onChange()
  }
}

const OUTBOX_FAILED = {
  code: 'OUTBOX_FAILED' as const,
  message: `The outbox could not be written. ${ERRORS.OUTBOX_FAILED.help}`,
}
