import type { RecordedEvent } from '../../protocol/events.js'
import { textCharsOf } from '../chars-of.js'
import { apply } from '../fold/apply.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { KEYFRAME_LIMITS } from '../keyframe/keyframe-maker.js'
import type { ReplayPlace } from '../replayer.js'
import type { RecordingIndex, RecordingSource } from './recording-source.js'
import { unlessAborted } from './segment-loader.js'
import { StoredKeyframes } from './stored-keyframes.js'

/** Events beyond a place, in the order of replay. */
export type EventsBeyond = (place: ReplayPlace) => AsyncIterator<readonly RecordedEvent[]>

/** Of a window, how it is bounded: events beyond `from` up to and with `to`, which is null where the recording ends. */
export interface Stretch {
  readonly from: ReplayPlace
  readonly to: ReplayPlace | null
}

const BEGINNING: ReplayPlace = { atMs: Number.NEGATIVE_INFINITY, seq: 0 }

/**
 * The folds that a recording is replayed from, in the order of replay, which cut it into stretches. Beyond what is
 * stored, or where nothing is, events are folded on and folds are kept as densely; they share what did not change.
 */
export class KeyframeChain {
  private readonly stored: StoredKeyframes
  /** What is known of where keyframes are: all that are stored, and those that were made here. */
  private readonly places: ReplayPlace[]
  /** The folds of those that were made here. */
  private readonly made: Fold[] = []
  private readonly storedCount: number
  private foldingOn: Promise<void> | null = null
  private beyond: AsyncIterator<readonly RecordedEvent[]> | null = null
  private frontier: { fold: Fold; events: number; chars: number } | null = null
  private ended = false

  constructor(
    source: RecordingSource,
    index: RecordingIndex,
    private readonly eventsBeyond: EventsBeyond,
    /** Ends all loading. */
    private readonly signal: AbortSignal,
  ) {
    this.stored = new StoredKeyframes(source, index)
    this.places = [...this.stored.places]
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
    if (n === 0) return EMPTY_FOLD
    const place = n - 1
    return place < this.storedCount ? this.stored.fold(place) : (this.made[place - this.storedCount] ?? null)
  }

  /** Finds out which stretch a moment lies in: {@link stretchAt} tells then. Rejects where loading fails. */
  async reach(atMs: number, signal: AbortSignal): Promise<void> {
    while (this.stretchAt(atMs) === null) await this.goOn(signal)
  }

  /**
   * Loads or makes what a stretch goes on from: {@link foldBefore} tells then, and {@link stretch} where it lies, null
   * where there is no such one. Rejects where loading fails.
   */
  async reachStretch(n: number, signal: AbortSignal): Promise<void> {
    if (n > 0 && n <= this.storedCount) await this.stored.reach(n - 1, signal)
    while (n >= this.places.length && !this.ended) await this.goOn(signal)
  }

  /** All that is stored. */
  loadStored(signal: AbortSignal): Promise<void> {
    return this.stored.loadAll(signal)
  }

  /** One batch of events further, for all who wait for it; never given up for a newer wish. */
  private async goOn(signal: AbortSignal): Promise<void> {
    this.foldingOn ??= this.foldOn().finally(() => {
      this.foldingOn = null
    })
    await unlessAborted(this.foldingOn, signal)
  }

  private async foldOn(): Promise<void> {
    this.beyond ??= this.eventsBeyond(this.places.at(-1) ?? BEGINNING)
    let batch: IteratorResult<readonly RecordedEvent[]>
    try {
      const isStoredHere = this.stored.reach(this.storedCount - 1, this.signal)
      ;[batch] = await Promise.all([this.beyond.next(), isStoredHere])
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
    this.frontier ??= { fold: this.foldBefore(this.places.length) as Fold, events: 0, chars: 0 }
    const { frontier } = this
    for (const event of batch.value) {
      frontier.fold = apply(frontier.fold, event)
      frontier.events++
      frontier.chars += textCharsOf(event.data)
      const isDue = frontier.events >= KEYFRAME_LIMITS.maxEvents || frontier.chars >= KEYFRAME_LIMITS.maxChars
      // A place is that of an event under its own seq.
      if (!isDue || event.replaces !== undefined) continue
      this.places.push({ atMs: event.timestamp, seq: event.seq })
      this.made.push(frontier.fold)
      frontier.events = 0
      frontier.chars = 0
    }
  }
}
