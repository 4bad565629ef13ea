import type { RecordedEvent } from '../../protocol/events.js'
import type { GeneratedEvent } from '../support/generate.js'

/** What one candidate's recorder was given and told in one session, and what those who watched it were shown. */
export class SessionLog {
  /** By source seq: index 0 is seq 1. */
  readonly events: GeneratedEvent[] = []
  /** When each was recorded. Epoch ms. */
  readonly recordedAtMs: number[] = []
  readonly watched: Watched[] = []
  /** The highest that the recorder ever said, whatever epoch came after. */
  ackedSeq = 0
  committedSeq = 0
  /** The longest that an event waited for its ack. */
  longestStallMs = 0
  phase: 'recording' | 'closing' | 'over' = 'recording'
  /** How often what was not committed was handed in by a later load of the page, as it waited in the outbox. */
  comebacks = 0
  /** Why a recorder of it stopped with something left, each time. */
  readonly endings: string[] = []
  /** As it is now; behind `ackedSeq` after an epoch that took acks back. */
  receivedSeqNow = 0
  /** When acks were taken back. Epoch ms. */
  readonly takenBackAtMs: number[] = []
  /** Whether its page and disk were gone for good with the last ack, and when. Epoch ms. */
  goneAtMs: number | null = null
  /** When all of it was committed, where its page is gone. Epoch ms. */
  completeAtMs = Number.POSITIVE_INFINITY

  constructor(
    readonly sessionId: string,
    readonly sourceId: string,
  ) {}

  recorded(event: GeneratedEvent, nowMs: number): void {
    this.events.push(event)
    this.recordedAtMs.push(nowMs)
  }

  told(receivedSeq: number, committedSeq: number, nowMs: number): void {
    if (receivedSeq < this.receivedSeqNow) this.takenBackAtMs.push(nowMs)
    this.receivedSeqNow = receivedSeq
    if (receivedSeq > this.ackedSeq) {
      const oldestMs = this.recordedAtMs[this.ackedSeq] ?? nowMs
      this.longestStallMs = Math.max(this.longestStallMs, nowMs - oldestMs)
      this.ackedSeq = receivedSeq
    }
    this.committedSeq = Math.max(this.committedSeq, committedSeq)
  }
}

/** What one watcher showed, in the order in which it showed it. */
export interface Watched {
  events: RecordedEvent[]
  /** How often it had to forget events of an epoch that was gone. */
  resets: number
  /** The last seq that it shows, live. */
  lastSeq(): number
  stop(): void
}
