import type { RejectedEvent } from '../../protocol/batch.js'
import { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
import { LIMITS, type WireLimits } from '../../protocol/limits.js'
import { betterEstimate, type ClockEstimate } from './clock.js'
import { eventJson, notRecorded } from './event-json.js'
import { piecesOf, type SizedJson, sized } from './event-pieces.js'
import { BATCH_OVERHEAD_BYTES, EventQueue, type QueuedEvent } from './event-queue.js'
import type { OutboxEntry } from './outbox.js'
import type { RecordableEvent } from './recorder-types.js'

/**
 * The way of an event from the caller into the queue: JSON once, cut where it is too long, numbered, stamped.
 *
 * INVARIANT: within a source the recorder's own timestamps never fall, and that of an event that may have been
 * sent never changes: a resend must be the same event. Hence all events that were recorded before the server's
 * time was known are mapped in one go, at the first welcome, before anything is sent.
 */
export class Intake {
  readonly queue = new EventQueue()
  limits: WireLimits = LIMITS
  #clock: ClockEstimate | null = null
  /** Whether stamps are server time; before, they are local time and `mapped` is false. */
  #isMapping = false
  #lastStampMs = Number.NEGATIVE_INFINITY
  #unsaved: OutboxEntry[] = []
  #refused: RejectedEvent[] = []
  #missed: { count: number; fromMs: number; toMs: number } | null = null
  #notKept = 0

  constructor(
    readonly maxBufferedBytes: number,
    readonly newId: () => string,
  ) {}

  /** Events that found no room, since the start. */
  get notKept(): number {
    return this.#notKept
  }

  /** Whether the last event found no room. */
  get isFull(): boolean {
    return this.#missed !== null
  }

  /** Queues one event; answers its (last) source seq, or 0 where there is no room. */
  record(nowMs: number, event: RecordableEvent): number {
    const timestampMs = event.timestamp
    if (timestampMs !== undefined && !Number.isFinite(timestampMs)) {
      throw new RecorderError(
        'EVENT_TIMESTAMP_INVALID',
        'The timestamp of this event is not a finite number.',
      )
    }
    const pieces = piecesOf(event, this.limits, this.newId)
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
    if (this.queue.bytes + bytes > this.maxBufferedBytes) return this.#miss(nowMs)
    this.#tellMissed(nowMs)
    for (const piece of pieces) this.#push(nowMs, piece, timestampMs)
    return this.queue.lastSeq
  }

  /** Once there is room again, or the recorder closes, the recording is told what it lacks. */
  tellMissedIfRoom(nowMs: number, isClosing: boolean): void {
    if (isClosing || this.queue.bytes <= this.maxBufferedBytes / 2) this.#tellMissed(nowMs)
  }

  /** Takes what an earlier life left; a hole in it, which only a broken storage leaves, is filled and said. */
  restore(nowMs: number, entries: readonly OutboxEntry[]): void {
    const first = entries[0]
    if (first === undefined) return
    this.queue.startAt(first.seq)
    for (const entry of entries) {
      while (this.queue.lastSeq + 1 < entry.seq) {
        this.#push(nowMs, sized(eventJson(notRecorded({ code: 'OUTBOX_FAILED' }))), entry.timestampMs)
      }
      this.queue.push({ ...entry, bytes: sized(entry.json).bytes, recordedAtMs: nowMs })
      if (entry.mapped) this.#lastStampMs = Math.max(this.#lastStampMs, entry.timestampMs)
    }
  }

  /** A new estimate of the server's clock. */
  learnClock(estimate: ClockEstimate): void {
    this.#clock = betterEstimate(this.#clock, estimate)
  }

  /** The first welcome is here: from now on stamps are server time, and so are those of all that waits. */
  startMapping(): void {
    if (this.#isMapping || this.#clock === null) return
    this.#isMapping = true
    for (const event of this.queue) {
      if (event.mapped) continue
      event.timestampMs = this.#serverTimeMs(event.timestampMs, this.#clock)
      event.mapped = true
      this.#unsaved.push(event)
    }
  }

  /** Puts a note that the service will take in the place of an event that no batch can carry. */
  standIn(seq: number, code: ErrorCode, message: string): void {
    const event = this.queue.at(seq)
    if (event === undefined) return
    const { type } = JSON.parse(event.json) as { type: string }
    const replaced: QueuedEvent = {
      ...event,
      ...sized(eventJson(notRecorded({ code, type, sizeBytes: event.bytes }))),
    }
    this.queue.replace(replaced)
    this.#unsaved.push(replaced)
    this.#refused.push({ sourceSeq: seq, code, message })
  }

  /** Entries that are new or changed since the last call, for the outbox. */
  takeUnsaved(): OutboxEntry[] {
    return this.#unsaved.splice(0)
  }

  /** Events that got a stand-in since the last call. */
  takeRefused(): RejectedEvent[] {
    return this.#refused.splice(0)
  }

  #push(nowMs: number, { json, bytes }: SizedJson, timestampMs: number | undefined): void {
    const seq = this.queue.lastSeq + 1
    const event: QueuedEvent = { seq, json, bytes, recordedAtMs: nowMs, ...this.#stamp(nowMs, timestampMs) }
    this.queue.push(event)
    if (bytes + BATCH_OVERHEAD_BYTES > this.limits.maxBatchBytes) {
      this.standIn(
        seq,
        'EVENT_TOO_LARGE',
        `An event of ${bytes} bytes is too large. ${ERRORS.EVENT_TOO_LARGE.help}`,
      )
    } else this.#unsaved.push(event)
  }

  #stamp(nowMs: number, givenMs: number | undefined): { timestampMs: number; mapped: boolean } {
    if (givenMs !== undefined) return { timestampMs: givenMs, mapped: true }
    if (!this.#isMapping || this.#clock === null) return { timestampMs: nowMs, mapped: false }
    return { timestampMs: this.#serverTimeMs(nowMs, this.#clock), mapped: true }
  }

  #serverTimeMs(localMs: number, { offsetMs }: ClockEstimate): number {
    this.#lastStampMs = Math.max(this.#lastStampMs, Math.round(localMs + offsetMs))
    return this.#lastStampMs
  }

  #miss(nowMs: number): 0 {
    this.#missed ??= { count: 0, fromMs: nowMs, toMs: nowMs }
    this.#missed.count++
    this.#missed.toMs = nowMs
    this.#notKept++
    return 0
  }

  #tellMissed(nowMs: number): void {
    if (this.#missed === null) return
    const { count, fromMs, toMs } = this.#missed
    this.#missed = null
    const offsetMs = this.#clock?.offsetMs ?? 0
    const note = notRecorded({
      code: 'OUTBOX_FULL',
      count,
      fromMs: Math.round(fromMs + offsetMs),
      toMs: Math.round(toMs + offsetMs),
    })
    this.#push(nowMs, sized(eventJson(note)), undefined)
  }
}
