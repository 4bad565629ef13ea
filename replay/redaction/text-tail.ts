import { findNeedles, type Needles } from './needles.js'
import { clipRuns, eachPlace, type Run } from './traced-text.js'

export type MarkPlace = (seq: number, field: string, from: number, to: number) => void

/** Finds needles in a text that comes piece by piece, from however many events; holds no more than a needle's length. */
export class TextTail {
  #runs: Run[] = []
  #text = ''

  constructor(
    private readonly needles: Needles,
    private readonly mark: MarkPlace,
  ) {}

  push(run: Run): void {
    const before = this.#text.length
    this.#runs.push(run)
    this.#text += run.text
    const runs = this.#runs
    findNeedles(this.needles, this.#text, (from, to) => eachPlace(runs, from, to, this.mark), before)
    const keep = Math.max(0, this.needles.maxUnits - 1)
    if (this.#text.length > 2 * keep + 256) {
      this.#runs = clipRuns(runs, this.#text.length - keep, this.#text.length)
      this.#text = this.#text.slice(this.#text.length - keep)
    }
  }

  /** Takes back a last blank: a shell that wraps a long line prints one and returns. */
  dropLastBlank(): void {
    if (!this.#text.endsWith(' ')) return
    this.#text = this.#text.slice(0, -1)
    this.#runs = clipRuns(this.#runs, 0, this.#text.length)
  }
}
