const LANES = ['edits', 'terminal'] as const
type Lane = (typeof LANES)[number]

const MAX_BINS = 2000
const SHORTEST_BIN_MS = 250

/** Counts in equally long bins of a time whose end is not known yet: where it grows beyond them, two bins become one. */
export class Density {
  private binMs = SHORTEST_BIN_MS
  private bins: Record<Lane, number[]> = { edits: [], terminal: [] }

  /** Counts one thing `sinceStartMs` ≥ 0 after the start. */
  add(lane: Lane, sinceStartMs: number): void {
    while (sinceStartMs >= this.binMs * MAX_BINS) this.halve()
    const bins = this.bins[lane]
    const bin = Math.floor(sinceStartMs / this.binMs)
    while (bins.length <= bin) bins.push(0)
    bins[bin] = (bins[bin] as number) + 1
  }

  counts(): { binMs: number; edits: number[]; terminal: number[] } {
    return { binMs: this.binMs, edits: this.bins.edits.slice(), terminal: this.bins.terminal.slice() }
  }

  private halve(): void {
    this.binMs *= 2
    for (const lane of LANES) {
      const bins = this.bins[lane]
      this.bins[lane] = Array.from(
        { length: Math.ceil(bins.length / 2) },
        (_, i) => (bins[2 * i] as number) + (bins[2 * i + 1] ?? 0),
      )
    }
  }
}
