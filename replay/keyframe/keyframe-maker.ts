import type { RecordedEvent } from '../../protocol/events.js'
import { textCharsOf } from '../chars-of.js'
import { apply } from '../fold/apply.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { FoldEncoder } from './encode-fold.js'
import type { KeyframeLine } from './keyframe-line.js'
import { type MakeScreen, ScreenKeeper } from './screen-keeper.js'

export interface KeyframeLimits {
  /** A keyframe comes after so many events, */
  maxEvents: number
  /**
   * or after about so many UTF-16 units of the JSON of their data, whichever is first: what a seek reads and folds at most.
   * What a terminal is to print counts four times: it takes that much longer to show.
   */
  maxChars: number
  /**
   * Behind so many UTF-16 units of keyframes, and as many as the last of them took, one is told anew: what must be loaded
   * to begin in the middle.
   */
  anewAfterChars: number
  /** From so many UTF-16 units of output on a keyframe has the screen that they made in their place, */
  screenAfterChars: number
  /** and from so many times as much as the last one took. */
  screenAfterTimes: number
  /** So much is written in all keyframes; what goes beyond has none, and the memory that they take is bounded. */
  maxTotalChars: number
}

export const KEYFRAME_LIMITS: KeyframeLimits = {
  // More than a segment has, whose end is the better place: what lies between two keyframes is then one segment.
  maxEvents: 625,
  maxChars: 256 * 1024,
  anewAfterChars: 1024 * 1024,
  screenAfterChars: 16 * 1024,
  screenAfterTimes: 1,
  maxTotalChars: 64 * 1024 * 1024,
}

/** Makes the keyframes of a recording from its events in the order of replay. */
export class KeyframeMaker {
  private readonly encoder = new FoldEncoder()
  private readonly screens: ScreenKeeper
  private fold: Fold = EMPTY_FOLD
  private events = 0
  private chars = 0
  private readonly printed = { chunks: 0, chars: 0 }
  private made = 0
  private totalChars = 0
  /** Of the lines since all was told anew, and of the one that did that. */
  private charsSinceAnew = 0
  private anewChars = 0

  constructor(
    makeScreen: MakeScreen,
    private readonly limits: KeyframeLimits = KEYFRAME_LIMITS,
  ) {
    this.screens = new ScreenKeeper(makeScreen, limits.screenAfterChars, limits.screenAfterTimes)
  }

  /** The recording became so large that no more keyframes are made of it. */
  get isFull(): boolean {
    return this.totalChars >= this.limits.maxTotalChars
  }

  /**
   * The JSON of the keyframe that is due behind this event, or null.
   * @param endsSegment whether the event is the last one of the run that it is loaded with
   */
  async add(event: RecordedEvent, endsSegment = false): Promise<{ line: KeyframeLine; json: string } | null> {
    if (this.isFull) return null
    const { output } = this.fold
    this.fold = apply(this.fold, event)
    if (this.fold.output !== output) this.countPrinted()
    this.events++
    this.chars += textCharsOf(event.data) * (event.type === 'terminal_stream' ? 4 : 1)
    const { maxEvents, maxChars } = this.limits
    // Where segments overlap in time their ends come close together, and few of them are worth a keyframe.
    const isDue = endsSegment && (this.events >= maxEvents / 4 || this.chars >= maxChars / 16)
    // A keyframe's place is that of an event under its own seq.
    if (event.replaces !== undefined) return null
    if (!isDue && this.events < maxEvents && this.chars < maxChars) return null
    this.events = 0
    this.chars = 0
    this.fold = await this.screens.shortened(this.fold)
    const isAnew = this.charsSinceAnew >= Math.max(this.limits.anewAfterChars, this.anewChars)
    const line: KeyframeLine = {
      n: ++this.made,
      atMs: event.timestamp,
      atSeq: event.seq,
      printed: { ...this.printed },
      fold: isAnew ? this.encoder.encodeAnew(this.fold) : this.encoder.encode(this.fold),
    }
    const json = JSON.stringify(line)
    this.totalChars += json.length
    this.charsSinceAnew = isAnew ? 0 : this.charsSinceAnew + json.length
    if (isAnew) this.anewChars = json.length
    if (this.isFull) this.fold = EMPTY_FOLD
    return { line, json }
  }

  private countPrinted(): void {
    this.printed.chunks++
    this.printed.chars += this.fold.output.last?.data.length ?? 0
  }

  dispose(): void {
    this.screens.dispose()
  }
}
