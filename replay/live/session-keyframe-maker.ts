import type { RecordedEvent } from '../../protocol/events.js'
import { textCharsOf } from '../chars-of.js'
import { apply } from '../fold/apply.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { FoldEncoder } from '../keyframe/encode-fold.js'
import type { ReplayPlace } from '../replayer.js'
import { isBeyond } from '../timeline.js'
import { type OpenedKeyframe, SESSION_KEYFRAME_VERSION, type SessionKeyframe } from './session-keyframe.js'

export interface SessionKeyframeLimits {
  /** Events of so long before the end are left as they are: what comes later than that makes a keyframe useless. */
  graceMs: number
  /** So many at most are left, however short that is, */
  maxWaiting: number
  /** of so many UTF-16 units of data. */
  maxWaitingChars: number
}

export const SESSION_KEYFRAME_LIMITS: SessionKeyframeLimits = {
  graceMs: 60_000,
  maxWaiting: 2000,
  maxWaitingChars: 1024 * 1024,
}

/** Makes a keyframe of a session that goes on, from its events in the order of replay. */
export class SessionKeyframeMaker {
  private fold: Fold
  private place: ReplayPlace | null
  /** Whether the fold ends with a repair, which has no place of its own. */
  private endsWithRepair = false
  /** Those before `next` are folded. */
  private waiting: RecordedEvent[] = []
  private next = 0
  private waitingChars = 0

  /**
   * @param from what it goes on from: `add` takes the events of that one too. Null: from zero
   * @param endMs the time of the latest of all events that will be added
   */
  constructor(
    private readonly from: OpenedKeyframe | null,
    private readonly endMs: number,
    private readonly limits: SessionKeyframeLimits = SESSION_KEYFRAME_LIMITS,
  ) {
    this.fold = from?.fold ?? EMPTY_FOLD
    this.place = from?.place ?? null
  }

  /** Takes the next event. False where it belongs before the keyframe that this one goes on from: it must be made from zero. */
  add(event: RecordedEvent): boolean {
    if (this.from !== null && !isBeyond(event, this.from.place)) return false
    this.waiting.push(event)
    this.waitingChars += textCharsOf(event.data)
    while (this.isOverdue()) this.foldNext()
    return true
  }

  /** The keyframe with all that was added; null without an event that it could stand behind. */
  keyframe(throughSeq: number): SessionKeyframe | null {
    while (this.endsWithRepair && this.next < this.waiting.length) this.foldNext()
    if (this.place === null || this.endsWithRepair) return null
    return {
      version: SESSION_KEYFRAME_VERSION,
      throughSeq,
      atMs: this.place.atMs,
      atSeq: this.place.seq,
      fold: new FoldEncoder().encode(this.fold),
      events: this.waiting.slice(this.next),
    }
  }

  private isOverdue(): boolean {
    const first = this.waiting[this.next]
    if (first === undefined) return false
    const { graceMs, maxWaiting, maxWaitingChars } = this.limits
    return (
      first.timestamp < this.endMs - graceMs ||
      this.waiting.length - this.next > maxWaiting ||
      this.waitingChars > maxWaitingChars
    )
  }

  private foldNext(): void {
    const event = this.waiting[this.next++] as RecordedEvent
    this.waitingChars -= textCharsOf(event.data)
    this.fold = apply(this.fold, event)
    this.endsWithRepair = event.replaces !== undefined
    if (!this.endsWithRepair) this.place = { atMs: event.timestamp, seq: event.seq }
    if (this.next < COMPACT_AFTER) return
    this.waiting = this.waiting.slice(this.next)
    this.next = 0
  }
}

const COMPACT_AFTER = 4096
