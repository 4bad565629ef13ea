/** Counts over time in equally long stretches, however long the time becomes. */
export class Density<Lane extends string> {
  private counts: Record<Lane, number[]>
  private binMs = FIRST_BIN_MS
  private startMs: number | null = null
  private used = 1

  constructor(private readonly lanes: readonly Lane[]) {
    this.counts = Object.fromEntries(lanes.map((lane) => [lane, []])) as never
  }

  /** Times must not lie before the first one. */
  count(atMs: number, lane: Lane | null): void {
    this.startMs ??= atMs
    let bin = Math.floor((atMs - this.startMs) / this.binMs)
    while (bin >= MAX_BINS) {
      this.widen()
      bin = Math.floor((atMs - this.startMs) / this.binMs)
    }
    this.used = Math.max(this.used, bin + 1)
    if (lane === null) return
    const bins = this.counts[lane]
    while (bins.length <= bin) bins.push(0)
    bins[bin] = (bins[bin] as number) + 1
  }

  /** All lanes have the same number of bins. */
  made(): { readonly binMs: number } & Record<Lane, readonly number[]> {
    const filled = this.lanes.map((lane) => {
      const bins = this.counts[lane]
      return [lane, [...bins, ...Array<number>(this.used - bins.length).fill(0)]]
    })
    return { binMs: this.binMs, ...Object.fromEntries(filled) }
  }

  private widen(): void {
    this.binMs *= 2
    this.used = Math.ceil(this.used / 2)
    for (const lane of this.lanes) {
      const bins = this.counts[lane]
      this.counts[lane] = Array.from(
        { length: Math.ceil(bins.length / 2) },
        (_, i) => (bins[2 * i] ?? 0) + (bins[2 * i + 1] ?? 0),
      )
    }
  }
}

const MAX_BINS = 2000
/** Finer than any screen shows. */
const FIRST_BIN_MS = 16
