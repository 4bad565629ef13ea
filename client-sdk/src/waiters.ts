import type { RecorderError } from '../../protocol/errors.js'

/** Promises that wait for a watermark to reach a seq. */
export class Waiters {
  #waiting: { seq: number; resolve: () => void; reject: (error: RecorderError) => void }[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  wait(seq: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ seq, resolve, reject }))
  }

  /** Resolves those that the watermark has reached. */
  reached(watermarkSeq: number): void {
    // To resolve answers nothing, so those leave the list; who waited goes on in a microtask, after it.
    this.#waiting = this.#waiting.filter(({ seq, resolve }) => seq > watermarkSeq || resolve())
  }

  /** Rejects all that are left. */
  fail(error: () => RecorderError): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error())
  }
}
