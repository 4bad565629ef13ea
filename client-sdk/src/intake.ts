import type { RejectedEvent } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import { LIMITS, type WireLimits } from '../../protocol/limits.js'
import { RecorderError } from '../../protocol/recorder-error.js'
import { checkDepth, eventJson, notRecorded } from './event-json.js'
import { sized, TIMESTAMP_BYTES } from './event-pieces.js'
import { BATCH_OVERHEAD_BYTES, EventQueue, type QueuedEvent } from './event-queue.js'
import type { OutboxEntry } from './outbox.js'
import type { RecordableEvent } from './recorder-types.js'
import { type EventContent, MOST_PIECE_UNITS, splitEvent } from './split-event.js'

/**
 * The way of an event from the caller into the queue: JSON once, cut where it is too long, numbered, stamped.
 *
 * INVARIANT: within a source the recorder's own timestamps never fall, and that of an event that may have been
 * sent never changes: a resend must be the same event. Hence an event can be sent only once its time is server
 * time; those recorded while the server's time is not known, or in doubt, are mapped in one go when it is [R2].
 */
export class Intake {
  readonly queue = new EventQueue()
  limits: WireLimits = LIMITS
  /** Up to here events are written out and have their final times: they can be sent. */
  readySeq = 0
  /** Server time minus local time, as well as it is known. */
  offsetMs: number | null = null
  /** Whether stamps are server time; else they are local time and `mapped` is false. */
  #isMapping = false
  #lastStampMs = Number.NEGATIVE_INFINITY
  /** Up to here events are written out. */
  #writtenSeq = 0
  /** Up to here the outbox was given events. */
  #savedSeq = 0
  /** Those among them that have changed since. */
  #changed: OutboxEntry[] = []
  #refused: RejectedEvent[] = []
  #missed: { count: number; fromMs: number; toMs: number } | null = null
  #hasToldMissed = false
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

  /** What the events of one batch may take. */
  get batchRoomBytes(): number {
    return this.limits.maxBatchBytes - BATCH_OVERHEAD_BYTES
  }

  get hasUnwritten(): boolean {
    return this.#writtenSeq < this.queue.lastSeq
  }

  /** Queues one event; answers its (last) source seq, or 0 where there is no room. */
  record(nowMs: number, event: RecordableEvent): number {
    const { timestamp } = event
    if (timestamp !== undefined && !Number.isFinite(timestamp)) {
      throw new RecorderError('EVENT_TIMESTAMP_INVALID', 'timestamp is no number.')
    }
    const pieces = splitEvent(event, this.limits.maxEventBytes - TIMESTAMP_BYTES, this.newId)
    const isLong = pieces.length > 1
    // Here, not when a piece is written out: there is nobody to tell then.
    if (isLong) checkDepth(event.data)
    const isLater = isLong || (event.owned && this.#hasRoom(UNWRITTEN_BYTES))
    const written = pieces.map(isLater ? unwritten : writtenOut)
    let bytes = 0
    for (const piece of written) bytes += piece.bytes
    if (!this.#hasRoom(bytes)) return this.#miss(nowMs)
    this.#tellMissed(nowMs)
    for (const piece of written) this.#push(nowMs, piece, timestamp)
    return this.queue.lastSeq
  }

  /** Writes out the next few events that wait for it, or all: for about a millisecond, as others wait for the same thread. */
  write(isAll = false): void {
    for (let leftBytes = WRITTEN_AT_ONCE_BYTES; (isAll || leftBytes > 0) && this.hasUnwritten; ) {
      const seq = ++this.#writtenSeq
      const event = this.queue.at(seq)
      if (!event?.unwritten) continue
      const { unwritten, ...rest } = event
      try {
        this.queue.replace({ ...rest, ...writtenOut(unwritten) })
      } catch (error) {
        // Handed over, and no JSON all the same: there is no caller to tell any more.
        this.queue.replace({ ...rest, json: eventJson({ type: unwritten.type, data: null }) })
        const { code, message } = error as RecorderError
        this.standIn(seq, code, message)
      }
      leftBytes -= this.#checkSize(seq)
    }
    this.#advance()
  }

  /** Once there is room again, or the recorder closes, the recording is told what it lacks. */
  tellMissedIfRoom(nowMs: number, isClosing: boolean): void {
    if (isClosing || this.queue.bytes <= this.maxBufferedBytes / 2) this.#tellMissed(nowMs)
  }

  /** Whether the recording was told so since the last call. */
  takeToldMissed(): boolean {
    const told = this.#hasToldMissed
    this.#hasToldMissed = false
    return told
  }

  /**
   * Takes what an earlier life left; a hole in it, which only a broken storage leaves, is filled and said.
   * @param wallAheadMs the wall clock's time less the local one
   */
  restore(nowMs: number, entries: readonly OutboxEntry[], wallAheadMs = 0): void {
    const first = entries[0]
    if (first === undefined) return
    this.queue.startAt(first.seq)
    this.#writtenSeq = this.#savedSeq = this.readySeq = first.seq - 1
    for (const entry of entries) {
      while (this.queue.lastSeq + 1 < entry.seq) {
        this.#push(nowMs, writtenOut(notRecorded({ code: 'OUTBOX_FAILED' })), entry.timestampMs)
      }
      const timestampMs = entry.mapped ? entry.timestampMs : entry.timestampMs - wallAheadMs
      this.queue.push({ ...entry, ...sized(entry.json), timestampMs, recordedAtMs: nowMs })
      if (entry.mapped) this.#lastStampMs = Math.max(this.#lastStampMs, entry.timestampMs)
    }
    this.#writtenSeq = this.#savedSeq = this.queue.lastSeq
    this.#advance()
  }

  /** The local clock has leapt: until the server's is known anew, events wait with local time. */
  doubtClock(): void {
    this.#isMapping = false
    // Those that the outbox has by a wall clock that was set since.
    for (const event of this.queue) if (!event.mapped) this.#toSave(event)
  }

  get isMapping(): boolean {
    return this.#isMapping
  }

  /** The server's time is known: from now on stamps are server time, and so are those of all that waits. */
  startMapping(): void {
    if (this.#isMapping || this.offsetMs === null) return
    this.#isMapping = true
    for (const event of this.queue) {
      if (event.mapped) continue
      event.timestampMs = this.#serverTimeMs(event.timestampMs, this.offsetMs)
      event.mapped = true
      this.#toSave(event)
    }
    this.#advance()
  }

  /** Puts a note that the service will take in the place of an event that no batch can carry. */
  standIn(seq: number, code: ErrorCode, message: string): void {
    const event = this.queue.at(seq)
    if (event === undefined) return
    const { type } = JSON.parse(event.json) as { type: string }
    const replaced: QueuedEvent = {
      ...event,
      ...writtenOut(notRecorded({ code, type, sizeBytes: event.bytes })),
    }
    this.queue.replace(replaced)
    this.#toSave(replaced)
    this.#refused.push({ sourceSeq: seq, code, message })
  }

  /** Entries that are new or changed since the last call, for the outbox. */
  takeUnsaved(): OutboxEntry[] {
    const entries = this.#changed.splice(0)
    for (let seq = Math.max(this.#savedSeq + 1, this.queue.firstSeq); seq <= this.#writtenSeq; seq++)
      entries.push(this.queue.at(seq) as QueuedEvent)
    this.#savedSeq = this.#writtenSeq
    return entries
  }

  /** Events that got a stand-in since the last call. */
  takeRefused(): RejectedEvent[] {
    return this.#refused.splice(0)
  }

  #push(nowMs: number, event: Written, givenMs: number | undefined): void {
    const seq = this.queue.lastSeq + 1
    const { json, bytes, unwritten } = event
    const mapped = givenMs !== undefined || (this.#isMapping && this.offsetMs !== null)
    const timestampMs = givenMs ?? (mapped ? this.#serverTimeMs(nowMs, this.offsetMs as number) : nowMs)
    // Field by field: a handler waits, and copying objects is most of what it would wait for.
    this.queue.push({ seq, json, bytes, unwritten, timestampMs, mapped, recordedAtMs: nowMs })
    if (unwritten) return
    if (this.#writtenSeq === seq - 1) this.#writtenSeq = seq
    this.#checkSize(seq)
    this.#advance()
  }

  /** One that is too large for any batch gets a stand-in. Answers its bytes. */
  #checkSize(seq: number): number {
    const bytes = this.queue.at(seq)?.bytes ?? 0
    if (bytes > this.batchRoomBytes) this.standIn(seq, 'EVENT_TOO_LARGE', 'The event is too large.')
    return bytes
  }

  /** What is not written out counts as the most it can be: if that is too much, it is written out to know. */
  #hasRoom(bytes: number): boolean {
    if (this.queue.bytes + bytes <= this.maxBufferedBytes) return true
    this.write(true)
    return this.queue.bytes + bytes <= this.maxBufferedBytes
  }

  #advance(): void {
    while (this.readySeq < this.#writtenSeq && this.queue.at(this.readySeq + 1)?.mapped !== false)
      this.readySeq++
  }

  /** What the outbox has is changed; what it will get, it gets as it is then. */
  #toSave(event: QueuedEvent): void {
    if (event.seq <= this.#savedSeq) this.#changed.push(event)
  }

  #serverTimeMs(localMs: number, offsetMs: number): number {
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
    this.#hasToldMissed = true
    const offsetMs = this.offsetMs ?? 0
    const note = notRecorded({
      code: 'OUTBOX_FULL',
      count,
      fromMs: Math.round(fromMs + offsetMs),
      toMs: Math.round(toMs + offsetMs),
    })
    this.#push(nowMs, writtenOut(note), undefined)
  }
}

/** An event on its way into the queue: as JSON, or one that is written out later. */
interface Written {
  json: string
  bytes: number
  unwritten?: EventContent
}

const writtenOut = (event: EventContent): Written => sized(eventJson(event))

const unwritten = (event: EventContent): Written => ({ json: '', bytes: UNWRITTEN_BYTES, unwritten: event })

/** Most text is ASCII; the exact number follows when it is written out. */
const UNWRITTEN_BYTES = MOST_PIECE_UNITS
const WRITTEN_AT_ONCE_BYTES = 2 * MOST_PIECE_UNITS
