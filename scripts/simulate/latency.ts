const KEPT_SAMPLES = 4000

/** How long events take from being recorded to being acked. Measures one event at a time of each recorder. */
export class AckLatency {
  private readonly samplesMs: number[] = []
  private next = 0

  add(ms: number): void {
    this.samplesMs[this.next++ % KEPT_SAMPLES] = ms
  }

  /** In ms, of the last few thousand measured; null before the first. */
  percentile(share: number): number | null {
    const sorted = this.samplesMs.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
  }
}

/** Follows one recorder: `recorded` when an event has been given to it, `acked` when its status has changed. */
export class AckTimer {
  private waiting: { seq: number; atMs: number } | null = null

  constructor(private readonly latency: AckLatency) {}

  recorded(seq: number, nowMs: number): void {
    this.waiting ??= { seq, atMs: nowMs }
  }

  acked(receivedSeq: number, nowMs: number): void {
    if (this.waiting === null || receivedSeq < this.waiting.seq) return
    this.latency.add(nowMs - this.waiting.atMs)
    this.waiting = null
  }
}
