/** Times in steps of 10 ms up to 20 minutes, so that millions of events take no more room than a few. */
const STEP_MS = 10
const STEPS = 120_000

export class LagHistogram {
  readonly #counts = new Uint32Array(STEPS)
  #total = 0
  #maxMs = 0

  get total(): number {
    return this.#total
  }

  get maxMs(): number {
    return this.#maxMs
  }

  add(ms: number): void {
    const step = Math.min(STEPS - 1, Math.max(0, Math.floor(ms / STEP_MS)))
    this.#counts[step] = (this.#counts[step] ?? 0) + 1
    this.#total++
    if (ms > this.#maxMs) this.#maxMs = ms
  }

  /** @param share 0.5 for the median @returns the middle of its step; 0 where there is nothing */
  percentileMs(share: number): number {
    const wanted = this.#total * share
    let seen = 0
    for (let step = 0; step < STEPS; step++) {
      seen += this.#counts[step] ?? 0
      if (seen > 0 && seen >= wanted) return Math.min(this.#maxMs, (step + 0.5) * STEP_MS)
    }
    return 0
  }
}
