import type { RecorderError } from '../../protocol/errors.js'
import type { PostedEventsView } from '../../protocol/http/index.js'
import { LIMITS } from '../../protocol/limits.js'
import { type Backoff, backoffMs, jittered } from './backoff.js'
import { RawJson } from './caller.js'
import { type Environment, randomUuid } from './environment.js'
import { cutBatch } from './event-batch.js'
import { eventJson, notRecorded } from './event-json.js'
import { type SizedJson, sized } from './event-pieces.js'
import { BATCH_OVERHEAD_BYTES, EventQueue, type QueuedEvent } from './event-queue.js'
import { isForGood } from './http-refusals.js'
import { reactionTo } from './refusals.js'
import { asRecorderError } from './remote-error.js'
import { type Recorded, WriterCalls } from './writer-calls.js'

/** What a writer shares with the others of its process. */
export interface WriterContext {
  env: Environment
  /** As `env.after`, but no reason for the process to go on. */
  afterIdle: Environment['after']
  /** One attempt. */
  post: (body: RawJson, wait: 'committed' | undefined) => Promise<PostedEventsView>
  room: Room
}

/** Bytes of JSON that all writers of a process hold. */
export interface Room {
  heldBytes: number
}

export interface WriteOptions {
  /** Epoch ms; absent: now. */
  timestampMs?: number | undefined
  isCommitAwaited?: boolean
  /** Until when the caller waits, epoch ms. */
  untilMs: number
}

const BACKOFF: Backoff = { firstMs: 200, mostMs: 5_000 }
/** Longer than a flush is put off: by then what was received should be committed. */
const CONFIRM_AFTER_MS = 15_000

/**
 * Writes one source of a session over HTTP: numbers events, sends them in batches, one after the other, and sends
 * again what was not answered, under the same numbers [R10].
 *
 * Events are held until they are **committed** [I2]. Each answer tells how far that is; where no more is sent, the
 * last received event is sent once more a while later: the service drops it and says how far it has committed, or,
 * where its buffer was lost, what it lacks.
 */
export class SessionWriter {
  sourceId: string
  lastUsedMs: number
  /** The service will have no more of this source; a new event needs a new writer. */
  isOver = false

  readonly #calls: WriterCalls
  #queue = new EventQueue()
  #receivedSeq = 0
  #committedSeq = 0
  #lastStampMs = Number.NEGATIVE_INFINITY
  #maxBatchEvents = LIMITS.maxBatchEvents
  #isSending = false
  #isConfirming = false
  #failures = 0
  #accountedBytes = 0
  #cancelConfirm: (() => void) | null = null

  constructor(readonly context: WriterContext) {
    this.sourceId = randomUuid(context.env)
    this.#calls = new WriterCalls(context.env)
    this.lastUsedMs = context.env.nowMs()
  }

  /** Whether nothing is held and nobody waits: it can be forgotten. */
  get isIdle(): boolean {
    return this.#calls.isEmpty && this.#queue.lastSeq < this.#queue.firstSeq
  }

  /** Takes the pieces of one event. */
  write(pieces: readonly SizedJson[], { timestampMs, isCommitAwaited = false, untilMs }: WriteOptions) {
    const nowMs = this.context.env.nowMs()
    this.lastUsedMs = nowMs
    this.#lastStampMs = Math.max(this.#lastStampMs, nowMs)
    const firstSeq = this.#queue.lastSeq + 1
    for (const piece of pieces) this.#push(piece, timestampMs ?? this.#lastStampMs)
    this.#account()
    return this.#wait(firstSeq, isCommitAwaited, untilMs)
  }

  /** Resolves when all that was written so far is received, or committed. */
  flushed(isCommitAwaited: boolean, untilMs: number): Promise<Recorded> {
    const waiting = this.#wait(this.#queue.lastSeq + 1, isCommitAwaited, untilMs)
    this.#settle()
    return waiting
  }

  /** Gives up what is received and not committed, which only the loss of the service's buffer could call for. */
  makeRoom(): void {
    if (this.#calls.isCommitAwaited) return
    // All but the last, by which it is found out how far the service has come.
    this.#queue.forgetThrough(this.#receivedSeq - 1)
    this.#account()
  }

  /** Forgets everything; who still waits is told why. */
  stop(error: RecorderError): void {
    this.isOver = true
    this.#calls.failAll(error)
    this.#release()
  }

  // ---- sending

  #wait(firstSeq: number, isCommitAwaited: boolean, untilMs: number): Promise<Recorded> {
    const waiting = this.#calls.wait({ firstSeq, lastSeq: this.#queue.lastSeq, isCommitAwaited, untilMs })
    this.#startSending()
    return waiting
  }

  #startSending(): void {
    if (this.#isSending) return
    this.#isSending = true
    void this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    // Calls that are made in one turn share a batch; those that come while it travels share the next one.
    await null
    while (!this.isOver && this.#receivedSeq < this.#queue.lastSeq) {
      const { sourceId } = this
      const { events } = cutBatch(
        this.#queue,
        this.#receivedSeq + 1,
        this.#maxBatchEvents,
        LIMITS.maxBatchBytes - BATCH_OVERHEAD_BYTES,
      )
      try {
        const answer = await this.context.post(this.#bodyOf(events), undefined)
        if (sourceId === this.sourceId) this.#onAnswer(events, answer)
      } catch (error) {
        if (sourceId === this.sourceId) await this.#onFailure(events, asRecorderError(error))
      }
    }
    this.#isSending = false
  }

  #onAnswer(events: readonly QueuedEvent[], { committedSeq, rejected = [] }: PostedEventsView): void {
    this.#failures = 0
    this.#maxBatchEvents = Math.min(LIMITS.maxBatchEvents, this.#maxBatchEvents * 2)
    this.#calls.refused(rejected as Parameters<WriterCalls['refused']>[0])
    this.#receivedSeq = Math.max(this.#receivedSeq, events.at(-1)?.seq ?? 0)
    this.#commit(committedSeq)
    this.#settle()
  }

  async #onFailure(events: readonly QueuedEvent[], error: RecorderError): Promise<void> {
    const first = events[0] as QueuedEvent
    const reaction = reactionTo(error.code)
    if (reaction === 'rewind') {
      const expectedSeq = Number(error.details?.expectedSeq)
      if (expectedSeq >= 1) this.#rewind(expectedSeq)
      // It asks for what it was just sent.
      if (!(expectedSeq < first.seq)) await this.#pause()
    } else if (reaction === 'shrink' || error.code === 'BODY_TOO_LARGE') {
      this.#maxBatchEvents = Math.ceil(events.length / 2)
      if (events.length === 1) this.#standIn(first, error)
    } else if (isForGood(error)) this.#end(error)
    else await this.#pause(error)
  }

  /** What is not received never will be; what is can still be waited for until it is committed. */
  #end(error: RecorderError): void {
    this.isOver = true
    this.#calls.failUnreceived(error)
    this.#settle()
  }

  /** The service has the source's events below `expectedSeq` and none from there on. */
  #rewind(expectedSeq: number): void {
    if (expectedSeq >= this.#queue.firstSeq && expectedSeq <= this.#queue.lastSeq + 1) {
      this.#receivedSeq = expectedSeq - 1
      return
    }
    // It lacks what is not held any more. A source can't skip a number, so another one carries on, and says so.
    const lost = Math.max(0, this.#queue.firstSeq - expectedSeq)
    const held = [...this.#queue]
    const note = sized(eventJson(notRecorded({ code: 'UNREACHABLE', count: lost })))
    const by = 2 - this.#queue.firstSeq
    this.sourceId = randomUuid(this.context.env)
    this.#queue = new EventQueue()
    this.#receivedSeq = this.#committedSeq = 0
    this.#push(note, held[0]?.timestampMs ?? this.context.env.nowMs())
    for (const event of held) this.#queue.push({ ...event, seq: event.seq + by })
    this.#account()
    this.#calls.shift(by)
  }

  /** An event that no batch can carry: its place is held by a note, its call fails. */
  #standIn({ seq, json, bytes, ...rest }: QueuedEvent, { message }: RecorderError): void {
    const { type } = JSON.parse(json) as { type: string }
    const code = 'EVENT_TOO_LARGE'
    const note = sized(eventJson(notRecorded({ code, type, sizeBytes: bytes })))
    if (note.json === json) return
    this.#queue.replace({ ...rest, seq, ...note })
    this.#account()
    this.#calls.refused([{ sourceSeq: seq, code, message }])
  }

  async #pause(error?: RecorderError): Promise<void> {
    const { env } = this.context
    this.#failures++
    const askedMs = jittered(Number(error?.details?.retryAfterMs ?? 0), env.random)
    const waitMs = Math.max(askedMs, backoffMs(BACKOFF, this.#failures, env.random))
    await new Promise<void>((resolve) => env.after(waitMs, resolve))
  }

  // ---- what is received becomes committed

  #commit(committedSeq: number): void {
    this.#committedSeq = Math.max(this.#committedSeq, Math.min(committedSeq, this.#queue.lastSeq))
    this.#receivedSeq = Math.max(this.#receivedSeq, this.#committedSeq)
    this.#queue.forgetThrough(this.#committedSeq)
    this.#account()
  }

  #settle(): void {
    this.#calls.reached(this.#receivedSeq, this.#committedSeq)
    if (this.isOver && this.#calls.isEmpty) this.#release()
    else this.#confirmLater()
  }

  #confirmLater(): void {
    const isDone = this.#receivedSeq < this.#queue.firstSeq
    if (this.#isConfirming || isDone) return
    if (this.#calls.isCommitAwaited) {
      this.#cancelConfirm?.()
      void this.#confirm()
    } else
      this.#cancelConfirm ??= this.context.afterIdle(CONFIRM_AFTER_MS, () => {
        void this.#confirm()
      })
  }

  /** Sends the last received event once more, and learns how far the service has committed. */
  async #confirm(): Promise<void> {
    this.#isConfirming = true
    this.#cancelConfirm = null
    const { sourceId } = this
    const event = this.#queue.at(this.#receivedSeq)
    try {
      if (event === undefined) return
      const wait = this.#calls.isCommitAwaited ? 'committed' : undefined
      const answer = await this.context.post(this.#bodyOf([event]), wait)
      if (sourceId !== this.sourceId) return
      const isNews = answer.committedSeq > this.#committedSeq
      this.#commit(answer.committedSeq)
      if (wait !== undefined && !isNews) await this.#pause()
    } catch (error) {
      if (sourceId === this.sourceId) await this.#onUnconfirmed(asRecorderError(error))
    } finally {
      this.#isConfirming = false
      this.#settle()
    }
  }

  async #onUnconfirmed(error: RecorderError): Promise<void> {
    const expectedSeq = Number(error.details?.expectedSeq)
    const isForGap = reactionTo(error.code) === 'rewind' && expectedSeq >= 1
    if (isForGap && !this.isOver) {
      this.#rewind(expectedSeq)
      this.#startSending()
    } else if (isForGap || isForGood(error)) this.stop(error)
    else await this.#pause(error)
  }

  // ---- bookkeeping

  #push({ json, bytes }: SizedJson, timestampMs: number): void {
    const seq = this.#queue.lastSeq + 1
    this.#queue.push({ seq, json, bytes, timestampMs, recordedAtMs: timestampMs, mapped: true })
  }

  #release(): void {
    this.#queue = new EventQueue()
    this.#account()
    this.#cancelConfirm?.()
  }

  #account(): void {
    this.context.room.heldBytes += this.#queue.bytes - this.#accountedBytes
    this.#accountedBytes = this.#queue.bytes
  }

  #bodyOf(events: readonly QueuedEvent[]): RawJson {
    const list = events.map(({ json, timestampMs }) => `${json.slice(0, -1)},"timestamp":${timestampMs}}`)
    const source = JSON.stringify(this.sourceId)
    return new RawJson(`{"source":${source},"firstSeq":${events[0]?.seq},"events":[${list.join()}]}`)
  }
}
