/** What one answer tells about the server's clock: its `Date` header names the second, cut off. */
export interface ClockSample {
  sentAtMs: number
  receivedAtMs: number
  /** Whole seconds as ms. */
  dateMs: number
}

/** The server's clock minus this one lies between `minMs` and `maxMs`. */
export interface OffsetRange {
  minMs: number
  maxMs: number
}

/** The offsets that agree with a sample. */
export const rangeOf = (sample: ClockSample): OffsetRange => ({
  minMs: sample.dateMs - sample.receivedAtMs,
  maxMs: sample.dateMs + 1000 - sample.sentAtMs,
})

/** Narrows what is known by another sample; samples that contradict it mean that a clock was set. */
export function narrow(known: OffsetRange | null, sample: ClockSample): OffsetRange {
  const range = rangeOf(sample)
  if (known === null) return range
  const minMs = Math.max(known.minMs, range.minMs)
  const maxMs = Math.min(known.maxMs, range.maxMs)
  return minMs <= maxMs ? { minMs, maxMs } : range
}

const SAMPLES_AT_START = 8
const SAMPLE_EVERY_MS = 130
const CHECK_EVERY_MS = 60_000

/**
 * The server's time, told from `Date` headers: eight requests spread over a second leave about a tenth of a
 * second of doubt. Until the first answer it is this computer's time.
 */
export class ServerClock {
  private known: OffsetRange | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private samples = 0

  constructor(private readonly url: string) {}

  start(): void {
    void this.sample()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  nowMs(): number {
    return Date.now() + this.offsetMs
  }

  /** What to add to this computer's time. */
  get offsetMs(): number {
    return this.known === null ? 0 : (this.known.minMs + this.known.maxMs) / 2
  }

  private async sample(): Promise<void> {
    const sentAtMs = Date.now()
    this.timer = setTimeout(
      () => void this.sample(),
      this.samples < SAMPLES_AT_START ? SAMPLE_EVERY_MS : CHECK_EVERY_MS,
    )
    try {
      const { headers } = await fetch(`${this.url}/healthz`, { cache: 'no-store' })
      const dateMs = Date.parse(headers.get('date') ?? '')
      if (Number.isNaN(dateMs)) return
      this.samples += 1
      this.known = narrow(this.known, { sentAtMs, receivedAtMs: Date.now(), dateMs })
    } catch {
      // No answer, no sample; the connection's own state says what is wrong.
    }
  }
}
