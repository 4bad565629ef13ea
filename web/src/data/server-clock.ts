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

/** What an answer tells; null where it does not name its time, or not to pages of other origins. */
export function sampleOf(answer: Response, sentAtMs: number): ClockSample | null {
  const dateMs = Date.parse(answer.headers.get('date') ?? '')
  return Number.isNaN(dateMs) ? null : { sentAtMs, receivedAtMs: Date.now(), dateMs }
}

/** The offset that is off by the least. */
export const middleOf = ({ minMs, maxMs }: OffsetRange): number => (minMs + maxMs) / 2

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
/** A service that takes longer says nothing of its time. */
const ANSWER_WITHIN_MS = 5_000

/**
 * The server's time, told from `Date` headers: eight requests spread over a second leave about a tenth of a
 * second of doubt. Until the first answer it is this computer's time.
 */
export class ServerClock {
  private known: OffsetRange | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private asking: AbortController | null = null
  private samples = 0
  /** Questions in a row that brought no sample. */
  private inVain = 0

  constructor(private readonly url: string) {}

  start(): void {
    void this.sample()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.asking?.abort()
    this.asking = null
  }

  nowMs(): number {
    return Date.now() + this.offsetMs
  }

  /** What to add to this computer's time. */
  get offsetMs(): number {
    return this.known === null ? 0 : middleOf(this.known)
  }

  /** One question at a time; the next one is asked some time after the last one ended. */
  private async sample(): Promise<void> {
    const asking = new AbortController()
    this.asking = asking
    const deadline = setTimeout(() => asking.abort(), ANSWER_WITHIN_MS)
    const sample = await ask(this.url, asking.signal)
    clearTimeout(deadline)
    if (this.asking !== asking) return
    if (sample === null) this.inVain += 1
    else {
      this.inVain = 0
      this.samples += 1
      this.known = narrow(this.known, sample)
    }
    this.timer = setTimeout(() => void this.sample(), nextInMs(this.samples, this.inVain))
  }
}

/** Whoever does not answer, or not with its time, is asked ever less often. */
export function nextInMs(samples: number, inVain: number): number {
  if (inVain > 0) return Math.min(SAMPLE_EVERY_MS * 2 ** inVain, CHECK_EVERY_MS)
  return samples < SAMPLES_AT_START ? SAMPLE_EVERY_MS : CHECK_EVERY_MS
}

/** Null where no time came: the connection's own state says what is wrong with the service. */
async function ask(url: string, signal: AbortSignal): Promise<ClockSample | null> {
  const sentAtMs = Date.now()
  try {
    return sampleOf(await fetch(`${url}/healthz`, { cache: 'no-store', signal }), sentAtMs)
  } catch {
    return null
  }
}
