import type { RecordedEvent } from '../../protocol/events.js'
import { textCharsOf } from '../chars-of.js'
import { apply } from '../fold/apply.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { FoldDecoder } from '../keyframe/decode-fold.js'
import { KEYFRAME_LIMITS } from '../keyframe/keyframe-maker.js'
import type { ReplayPlace } from '../replayer.js'
import type { RecordingIndex, RecordingSource } from './recording-source.js'
import { unlessAborted } from './segment-loader.js'

/** Events beyond a place, in the order of replay. */
export type EventsBeyond = (place: ReplayPlace) => AsyncIterator<readonly RecordedEvent[]>

/** Of a window, how it is bounded: events beyond `from` up to and with `to`, which is null where the recording ends. */
export interface Stretch {
  readonly from: ReplayPlace
  readonly to: ReplayPlace | null
}

const BEGINNING: ReplayPlace = { atMs: Number.NEGATIVE_INFINITY, seq: 0 }

/**
 * The folds that a recording is replayed from, in the order of replay, which cut it into stretches. What is stored is
 * loaded from the beginning on, each being told by what differs from the one before. Beyond what is stored, or where
 * nothing is, events are folded on and folds are kept as densely; they share what did not change.
 */
export class KeyframeChain {
  private readonly decoder = new FoldDecoder()
  /** What is known of where keyframes are: all that are stored, and those that were made here. */
  private readonly places: ReplayPlace[]
  /** The folds at these places, as far as they are here. */
  private readonly folds: Fold[] = []
  private readonly storedCount: number
  private runsLoaded = 0
  private advancing: Promise<void> | null = null
  private progress = aProgress()
  private beyond: AsyncIterator<readonly RecordedEvent[]> | null = null
  private frontier: { fold: Fold; events: number; chars: number } | null = null
  private ended = false

  constructor(
    private readonly source: RecordingSource,
    private readonly index: RecordingIndex,
    private readonly eventsBeyond: EventsBeyond,
    /** Ends all loading. */
    private readonly signal: AbortSignal,
  ) {
    this.places = index.keyframes.flatMap((run) => run.places)
    this.storedCount = this.places.length
    this.ended = index.overview.eventCount === 0
  }

  /** The number of the stretch that a moment lies in, from 0; null where it is not known yet, see reach(). */
  stretchAt(atMs: number): number | null {
    let low = 0
    let high = this.places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.places[middle] as ReplayPlace).atMs <= atMs) low = middle + 1
      else high = middle
    }
    return low < this.places.length || this.ended ? low : null
  }

  /** Where a stretch lies; null behind the last. */
  stretch(n: number): Stretch | null {
    if (n < 0 || n > this.places.length) return null
    return { from: this.places[n - 1] ?? BEGINNING, to: this.places[n] ?? null }
  }

  /** The fold that a stretch goes on from; null where it is not here yet. */
  foldBefore(n: number): Fold | null {
    return n === 0 ? EMPTY_FOLD : (this.folds[n - 1] ?? null)
  }

  /** Loads or makes what a moment needs: {@link stretchAt} and {@link foldBefore} tell then. Rejects where loading fails. */
  reach(atMs: number, signal: AbortSignal): Promise<void> {
    const isReached = () => {
      const stretch = this.stretchAt(atMs)
      return stretch !== null && this.foldBefore(stretch) !== null
    }
    return this.advanceUntil(isReached, atMs, signal)
  }

  /** As {@link reach}, for a stretch by its number; {@link stretch} is null then where there is no such one. */
  reachStretch(n: number, signal: AbortSignal): Promise<void> {
    const isReached = () =>
      (n < this.places.length || this.ended) && (n > this.places.length || this.foldBefore(n) !== null)
    return this.advanceUntil(isReached, this.places[n - 1]?.atMs ?? Number.POSITIVE_INFINITY, signal)
  }

  /** All that is stored. */
  async loadStored(signal: AbortSignal): Promise<void> {
    await this.advanceUntil(() => this.folds.length >= this.storedCount, Number.POSITIVE_INFINITY, signal)
  }

  /**
   * What is loaded here is never given up for a newer wish: everybody needs it sooner or later. Who waits goes on as soon
   * as its own part has come.
   */
  private async advanceUntil(isDone: () => boolean, atMs: number, signal: AbortSignal): Promise<void> {
    while (!isDone()) {
      this.advancing ??= this.advance(atMs).finally(() => {
        this.advancing = null
      })
      await unlessAborted(Promise.race([this.advancing, this.progress.promise]), signal)
    }
  }

  private async advance(atMs: number): Promise<void> {
    if (this.folds.length < this.storedCount) await this.loadRuns(atMs)
    else await this.foldOn()
  }

  /** As one load, up to the run that a moment needs. */
  private async loadRuns(atMs: number): Promise<void> {
    const { keyframes } = this.index
    let last = this.runsLoaded
    while (
      last + 1 < keyframes.length &&
      (keyframes[last + 1]?.places[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs
    )
      last++
    for await (const lines of this.source.loadKeyframes(this.runsLoaded, last, this.signal)) {
      const run = keyframes[this.runsLoaded]
      if (lines.length !== run?.places.length)
        throw new Error('A run of keyframes is not what the index says.')
      for (const line of lines) this.folds.push(this.decoder.decode(line.fold))
      this.runsLoaded++
      const { told } = this.progress
      this.progress = aProgress()
      told()
    }
    if (this.runsLoaded <= last) throw new Error('Keyframes are missing.')
  }

  /** One batch of events further. */
  private async foldOn(): Promise<void> {
    this.beyond ??= this.eventsBeyond(this.places.at(-1) ?? BEGINNING)
    this.frontier ??= { fold: this.folds.at(-1) ?? EMPTY_FOLD, events: 0, chars: 0 }
    const { frontier } = this
    let batch: IteratorResult<readonly RecordedEvent[]>
    try {
      batch = await this.beyond.next()
    } catch (error) {
      // The next who asks begins again behind the last fold.
      this.beyond = null
      this.frontier = null
      throw error
    }
    if (batch.done === true) {
      this.ended = true
      return
    }
    for (const event of batch.value) {
      frontier.fold = apply(frontier.fold, event)
      frontier.events++
      frontier.chars += textCharsOf(event.data)
      const isDue = frontier.events >= KEYFRAME_LIMITS.maxEvents || frontier.chars >= KEYFRAME_LIMITS.maxChars
      // A place is that of an event under its own seq.
      if (!isDue || event.replaces !== undefined) continue
      this.places.push({ atMs: event.timestamp, seq: event.seq })
      this.folds.push(frontier.fold)
      frontier.events = 0
      frontier.chars = 0
    }
  }
}

/** Something to wait for that somebody else will tell. */
function aProgress(): { promise: Promise<void>; told: () => void } {
  let told = () => {}
  const promise = new Promise<void>((resolve) => {
    told = resolve
  })
  return { promise, told }
}
