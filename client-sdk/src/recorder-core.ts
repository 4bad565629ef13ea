import type { BatchAck, SourceWatermarks, Welcome } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import type { Refusal } from '../../protocol/socket-events.js'
import { type Backoff, backoffMs, jittered } from './backoff.js'
import { Deadline } from './deadline.js'
import { cutBatch } from './event-batch.js'
import type { QueuedEvent } from './event-queue.js'
import type { Intake } from './intake.js'
import type { Refused } from './link.js'
import type { CoreEffect, Ending, Trouble } from './recorder-effects.js'
import { type LinkInput, type LinkState, NEXT_LINK } from './recorder-link.js'
import { RecorderQuestions } from './recorder-questions.js'
import * as timing from './recorder-timing.js'
import type { RecorderState } from './recorder-types.js'
import { reactionTo } from './refusals.js'
import { SendWindow, type SentBatch, USUAL_BATCH_BYTES } from './send-window.js'
import { ServerClock } from './server-clock.js'

export interface CoreOptions {
  intake: Intake
  /** Whether it only sends what an earlier life left. */
  isRestored: boolean
  gatherMs: number
  canRenewToken: boolean
  random: () => number
}

/**
 * The recorder without its socket, timers and promises: inputs change the state; `poll` answers what to do and
 * sets `wakeAtMs`, by when to poll again.
 *
 * INVARIANT: an event leaves the queue only once the service says that it is committed [I2].
 */
export class RecorderCore {
  readonly intake: Intake
  epoch: number | null = null
  receivedSeq = 0
  committedSeq = 0
  savedUpToMs: number | null = null
  error: Trouble | null = null
  ending: Ending | null = null
  /** Send at once what waits to be gathered. */
  isHurried = false
  /** Nothing more will be recorded. */
  isClosing = false
  /** Somebody waits for commits: ask more often. */
  isCommitAwaited = false

  readonly #window: SendWindow
  readonly #deadline = new Deadline()
  readonly #questions = new RecorderQuestions(this.#deadline)
  readonly #clock: ServerClock
  #link: LinkState = 'idle'
  #linkSinceMs = 0
  #connectAtMs = 0
  #connectFailures = 0
  #wasWelcomed = false
  /** This very connection was. */
  #isWelcomed = false
  #pausedUntilMs = 0
  /** In this task of the page. */
  #sentBytes = 0
  #refusals = 0
  #effects: CoreEffect[] = []

  constructor(readonly options: CoreOptions) {
    this.intake = options.intake
    this.#clock = new ServerClock(this.intake, this.#deadline)
    this.#window = new SendWindow(this.intake)
    this.#window.skipForgotten()
    this.receivedSeq = this.committedSeq = this.intake.queue.firstSeq - 1
  }

  get recordedSeq(): number {
    return this.intake.queue.lastSeq
  }

  /** Whether nothing that is recorded now will be taken any more. */
  get isOver(): boolean {
    return this.#link === 'over' || this.#link === 'draining'
  }

  get wakeAtMs(): number {
    return this.#deadline.atMs
  }

  /** When an event that is recorded now may leave. */
  sendAtMs(nowMs: number): number {
    return this.isHurried ? nowMs : Math.max(nowMs, this.#window.sentAtMs + this.options.gatherMs)
  }

  state(nowMs: number): RecorderState {
    if (this.ending) return this.ending.state
    if (this.#link === 'draining') return 'closed'
    const isOnline = this.#link === 'live' || (this.#link === 'greeting' && this.#isWelcomed)
    if (!isOnline) return this.#wasWelcomed ? 'offline' : 'connecting'
    return this.#isLagging(nowMs) ? 'lagging' : 'recording'
  }

  // ---- inputs

  connected(nowMs: number): void {
    this.#isWelcomed = false
    this.#questions.connected()
    this.#move(nowMs, 'connected')
  }

  /** The connection is gone, or could not be made. */
  lost(nowMs: number, message: string): void {
    this.#clock.lost()
    const wasStable = this.#link === 'live' && nowMs - this.#linkSinceMs > timing.STABLE_MS
    this.#connectFailures = wasStable ? 1 : this.#connectFailures + 1
    const isLong = this.#connectFailures > timing.LONG_OFFLINE_FAILURES
    const backoff = isLong ? timing.LONG_OFFLINE_BACKOFF : timing.CONNECT_BACKOFF
    this.#connectAtMs = nowMs + backoffMs(backoff, this.#connectFailures, this.options.random)
    this.#questions.watermark = null
    this.error ??= { code: 'UNREACHABLE', message }
    this.#move(nowMs, 'lost')
    if (this.#link === 'over') this.#end(nowMs, 'closed', this.error)
  }

  /** The handshake was answered with a code. */
  refused(nowMs: number, refusal: Refused): void {
    if (this.#isEndedBy(nowMs, refusal)) return
    this.error = { code: refusal.code, message: refusal.message }
    if (reactionTo(refusal.code) === 'renewToken') this.#effects.push({ do: 'expire-token' })
    this.lost(nowMs, refusal.message)
    const waitMs = jittered(refusal.retryAfterMs ?? 0, this.options.random)
    this.#connectAtMs = Math.max(this.#connectAtMs, nowMs + waitMs)
  }

  welcome(nowMs: number, welcome: Welcome): void {
    if (this.#link !== 'greeting' && this.#link !== 'live') return
    if (!this.options.isRestored && welcome.receivedSeq > this.recordedSeq) {
      this.#endAsUsedElsewhere(nowMs)
      return
    }
    this.#clock.welcomed(nowMs, welcome.serverTimeMs)
    this.intake.limits = welcome.limits
    this.#window.welcomed()
    const isSameEpoch = welcome.epoch === this.epoch
    this.epoch = welcome.epoch
    this.error = null
    this.#wasWelcomed = this.#isWelcomed = true
    this.#questions.watermark = null
    this.#questions.newsAtMs = nowMs
    this.#refusals = 0
    this.#pausedUntilMs = 0
    this.#move(nowMs, 'welcomed')
    this.#restart(welcome, isSameEpoch)
  }

  ack(nowMs: number, id: number, answer: BatchAck): void {
    const batch = this.#window.acked(id)
    if (batch === undefined) return
    if (!answer.ok) {
      this.#onRefusedBatch(nowMs, batch, answer)
      return
    }
    this.#refusals = 0
    this.error = null
    if (answer.committedSeq > this.committedSeq) this.#questions.newsAtMs = nowMs
    this.receivedSeq = Math.max(this.receivedSeq, answer.receivedSeq)
    this.#commit(answer.committedSeq)
    if (answer.rejected?.length) this.#effects.push({ do: 'tell-rejected', events: answer.rejected })
    if (answer.retryAfterMs) this.#pausedUntilMs = nowMs + jittered(answer.retryAfterMs, this.options.random)
  }

  watermark(nowMs: number, id: number, answer: ({ epoch: number } & SourceWatermarks) | Refusal): void {
    const question = this.#questions.answered(nowMs, id)
    if (question === null) return
    if ('ok' in answer) {
      if (this.#link === 'draining') this.#end(nowMs, 'closed', this.error)
      else if (!this.#isEndedBy(nowMs, answer)) this.#onTrouble(nowMs, answer)
      return
    }
    // Lower: an answer from before the last welcome. Higher: the welcome was lost with the node that knew.
    if (this.epoch === null || answer.epoch < this.epoch) return
    const isSameEpoch = answer.epoch === this.epoch
    this.epoch = answer.epoch
    if (!isSameEpoch || answer.receivedSeq < question.hadSeq) this.#restart(answer, isSameEpoch)
    this.receivedSeq = Math.max(this.receivedSeq, answer.receivedSeq)
    this.#commit(answer.committedSeq)
  }

  clock(sentAtMs: number, nowMs: number, serverTimeMs: number): void {
    // The local clock may have leapt while the question was under way; then there is no connection any more.
    if (this.#link !== 'greeting' && this.#link !== 'live') return
    this.#clock.answered(sentAtMs, nowMs, serverTimeMs)
  }

  /**
   * The local clock has leapt: the computer slept, or its clock was set. What comes of the connection is not worth waiting
   * for, and times are local ones until the service's answers say which it was.
   */
  leapt(nowMs: number): void {
    this.#clock.leapt()
    if (this.#link === 'idle' || this.#link === 'over') return
    this.#effects.push({ do: 'disconnect' })
    this.lost(nowMs, 'The clock leapt.')
    this.#connectAtMs = nowMs
  }

  superseded(nowMs: number): void {
    this.#end(nowMs, 'superseded', trouble('SUPERSEDED', 'This source has a newer connection.'))
  }

  /** The page is done with it. */
  close(nowMs: number): void {
    this.#end(nowMs, 'closed', null)
  }

  /** What the service has not acked, as far as it can be sent and fits. */
  unreceived(maxBytes: number): readonly QueuedEvent[] {
    const { queue, readySeq, limits } = this.intake
    if (this.ending !== null) return []
    const { events } = cutBatch(queue, this.receivedSeq + 1, limits.maxBatchEvents, maxBytes, readySeq)
    return events.length === 1 && (events[0] as QueuedEvent).bytes > maxBytes ? [] : events
  }

  // ---- what is to be done

  /**
   * What is to be done now. Sets wakeAtMs.
   *
   * @param isSameTask asked again in a task of the page that has carried out some already
   */
  poll(nowMs: number, isSameTask = false): CoreEffect[] {
    if (!isSameTask) this.#sentBytes = 0
    this.intake.tellMissedIfRoom(nowMs, this.isClosing)
    if (this.intake.takeToldMissed()) this.#effects.push({ do: 'tell-room' })
    let link: LinkState
    do {
      link = this.#link
      this.#deadline.clear()
      if (this.intake.hasUnwritten) this.#deadline.isDue(nowMs, nowMs + WRITE_AGAIN_MS)
      this.#step(nowMs)
    } while (link !== this.#link)
    const refused = this.intake.takeRefused()
    if (refused.length > 0) this.#effects.push({ do: 'tell-rejected', events: refused })
    // First: the outbox must have an entry before it is told to forget it.
    const entries = this.intake.takeUnsaved()
    if (entries.length > 0) this.#effects.unshift({ do: 'keep', entries })
    return this.#effects.splice(0)
  }

  #step(nowMs: number): void {
    switch (this.#link) {
      case 'idle':
        if (!this.#isDue(nowMs, this.#connectAtMs)) break
        this.#clock.connecting(nowMs)
        this.#move(nowMs, 'open')
        this.#effects.push({ do: 'connect' })
        break
      case 'opening':
        this.#giveUpAt(nowMs, this.#linkSinceMs + timing.OPENING_TIMEOUT_MS)
        break
      case 'greeting': {
        this.#askClock(nowMs)
        const waitMs = this.#isWelcomed ? timing.EPOCH_TIMEOUT_MS : timing.ANSWER_TIMEOUT_MS
        this.#giveUpAt(nowMs, this.#linkSinceMs + waitMs)
        break
      }
      case 'live':
        this.#askClock(nowMs)
        this.#clock.mapIfKnown(nowMs)
        this.#sendBatches(nowMs)
        this.#askWatermark(nowMs)
        this.#isLagging(nowMs)
        this.#giveUpAt(nowMs, this.#unansweredSinceMs() + timing.ANSWER_TIMEOUT_MS)
        break
      case 'draining': {
        const isTimeUp = this.#isDue(nowMs, this.#linkSinceMs + timing.DRAIN_TIMEOUT_MS)
        if (isTimeUp || this.#isDrained()) this.#end(nowMs, 'closed', this.error)
        else this.#askWatermark(nowMs)
        break
      }
      case 'over':
        break
    }
  }

  #sendBatches(nowMs: number): void {
    for (let batch = this.#window.peek(); batch !== null; batch = this.#window.peek()) {
      if (!this.#isDue(nowMs, this.#pausedUntilMs)) return
      if (!batch.isFull && !this.#isDue(nowMs, this.sendAtMs(nowMs))) return
      // To write that much takes milliseconds: frames and keys come before the next.
      const isMuch = this.#sentBytes > 0 && this.#sentBytes + batch.bytes > USUAL_BATCH_BYTES
      if (isMuch && !this.isHurried && !this.#isDue(nowMs, nowMs + NEXT_TASK_MS)) return
      this.#sentBytes += batch.bytes
      this.#effects.push({ do: 'send', id: this.#window.sent(nowMs, batch), events: batch.events })
    }
  }

  #askWatermark(nowMs: number): void {
    const { queue } = this.intake
    const oldest = queue.at(queue.firstSeq)
    if (oldest === undefined) return
    // Of what was recorded just now there can be no news yet; a closed session is asked at once.
    const { newsAtMs } = this.#questions
    const sinceMs = this.#link === 'draining' ? newsAtMs : Math.max(newsAtMs, oldest.recordedAtMs)
    if (!this.#questions.isWatermarkDue(nowMs, sinceMs, this.isCommitAwaited)) return
    const hadSeq = this.#window.hasInFlight ? this.receivedSeq : this.#window.nextSeq - 1
    this.#effects.push({ do: 'ask-watermark', id: this.#questions.askWatermark(nowMs, hadSeq) })
  }

  #askClock(nowMs: number): void {
    if (this.#questions.isClockDue(nowMs)) this.#effects.push({ do: 'ask-clock' })
  }

  // ---- what answers mean

  #onRefusedBatch(nowMs: number, batch: SentBatch, answer: BatchAck & { ok: false }): void {
    if (this.#isEndedBy(nowMs, answer)) return
    this.error = { code: answer.code, message: answer.message }
    const reaction = reactionTo(answer.code)
    if (reaction === 'rewind') this.#onGap(nowMs, batch, answer.expectedSeq ?? batch.firstSeq)
    else {
      this.#window.rewind(batch.firstSeq)
      if (reaction === 'shrink') this.#shrink(batch, answer)
      else this.#onTrouble(nowMs, answer)
    }
  }

  /** Answers that are not about one batch. */
  #onTrouble(nowMs: number, answer: Refused): void {
    this.error = { code: answer.code, message: answer.message }
    const reaction = reactionTo(answer.code)
    if (reaction === 'awaitWelcome') this.#move(nowMs, 'epochChanged')
    else if (reaction === 'renewToken') {
      this.#effects.push({ do: 'expire-token' }, { do: 'disconnect' })
      this.lost(nowMs, answer.message)
    } else this.#pause(nowMs, timing.REFUSED_BACKOFF, answer.retryAfterMs)
  }

  #onGap(nowMs: number, batch: SentBatch, expectedSeq: number): void {
    const { queue } = this.intake
    if (expectedSeq > queue.lastSeq + 1) {
      this.#endAsUsedElsewhere(nowMs)
      return
    }
    this.#window.rewind(expectedSeq)
    if (expectedSeq < queue.firstSeq) this.#pause(nowMs, timing.HOLE_BACKOFF)
    else {
      this.receivedSeq = expectedSeq - 1
      // It asks for what it was just sent: not a gap that a resend would close at once.
      if (expectedSeq === batch.firstSeq) this.#pause(nowMs, timing.REFUSED_BACKOFF)
    }
  }

  #shrink(batch: SentBatch, { code, message }: Refused): void {
    if (this.#window.shrink(batch)) return
    this.intake.standIn(batch.firstSeq, code === 'BATCH_TOO_LARGE' ? 'EVENT_TOO_LARGE' : code, message)
  }

  /** Whether a code ends it all; if so, it does. */
  #isEndedBy(nowMs: number, { code, message }: Refused): boolean {
    const reaction = reactionTo(code)
    const isForGood = reaction === 'refused' || (reaction === 'renewToken' && !this.options.canRenewToken)
    if (reaction === 'closed') this.#drain(nowMs, { code, message })
    else if (reaction === 'superseded') this.superseded(nowMs)
    else if (isForGood) this.#end(nowMs, 'refused', { code, message })
    else return false
    return true
  }

  /** The session is closed: over a living connection, what was received is watched until it is committed. */
  #drain(nowMs: number, error: Trouble): void {
    this.error = error
    this.#window.rewind(this.#window.nextSeq)
    this.#questions.watermark = null
    this.#questions.newsAtMs = Number.NEGATIVE_INFINITY // ask at once
    this.#move(nowMs, 'sessionClosed')
    if (this.#link === 'over') this.#end(nowMs, 'closed', error)
  }

  /** Goes on from the service's watermarks: above received, or above committed where the epoch is another. */
  #restart({ receivedSeq, committedSeq }: SourceWatermarks, isSameEpoch: boolean): void {
    this.#commit(committedSeq)
    this.receivedSeq = Math.max(this.committedSeq, Math.min(receivedSeq, this.recordedSeq))
    this.#window.rewind((isSameEpoch ? this.receivedSeq : this.committedSeq) + 1)
  }

  #commit(committedSeq: number): void {
    const throughSeq = Math.min(committedSeq, this.recordedSeq)
    if (throughSeq <= this.committedSeq) return
    this.committedSeq = throughSeq
    this.receivedSeq = Math.max(this.receivedSeq, throughSeq)
    const last = this.intake.queue.forgetThrough(throughSeq)
    if (last) this.savedUpToMs = Math.max(this.savedUpToMs ?? last.timestampMs, last.timestampMs)
    this.#window.skipForgotten()
    this.#effects.push({ do: 'forget', throughSeq })
  }

  #pause(nowMs: number, backoff: Backoff, askedMs?: number): void {
    const { random } = this.options
    this.#refusals++
    const waitMs =
      askedMs === undefined ? backoffMs(backoff, this.#refusals, random) : jittered(askedMs, random)
    this.#pausedUntilMs = nowMs + waitMs
  }

  // ---- the connection

  #giveUpAt(nowMs: number, atMs: number): void {
    if (!this.#isDue(nowMs, atMs)) return
    this.#effects.push({ do: 'disconnect' })
    this.lost(nowMs, 'The recorder service did not answer in time.')
  }

  #endAsUsedElsewhere(nowMs: number): void {
    const what = 'The service has received events under this sourceId that this recorder has not recorded.'
    this.#end(nowMs, 'refused', trouble('SOURCE_INVALID', what))
  }

  #end(nowMs: number, state: Ending['state'], error: Trouble | null): void {
    if (this.ending) return
    this.#move(nowMs, 'ended')
    this.ending = { state, error }
    this.error = error
    this.#effects.push({ do: 'disconnect' })
  }

  #move(nowMs: number, input: LinkInput): void {
    const next = NEXT_LINK[this.#link][input]
    if (next !== this.#link) this.#linkSinceMs = nowMs
    this.#link = next
  }

  #unansweredSinceMs(): number {
    const sinceMs = [this.#window.oldestSentAtMs, this.#questions.watermark?.askedAtMs]
    return Math.min(...sinceMs.map((atMs) => atMs ?? Number.POSITIVE_INFINITY))
  }

  /** All that the closed session has received is committed, by an answer from after the close. */
  #isDrained(): boolean {
    const { queue } = this.intake
    const isTold = this.#questions.newsAtMs >= this.#linkSinceMs && this.committedSeq >= this.receivedSeq
    return isTold || queue.lastSeq < queue.firstSeq
  }

  #isLagging(nowMs: number): boolean {
    if (this.intake.isFull) return true
    const oldest = this.intake.queue.at(this.receivedSeq + 1)
    return oldest !== undefined && this.#isDue(nowMs, oldest.recordedAtMs + timing.LAG_MS)
  }

  #isDue(nowMs: number, atMs: number): boolean {
    return this.#deadline.isDue(nowMs, atMs)
  }
}

const WRITE_AGAIN_MS = 1
const NEXT_TASK_MS = 1

const trouble = (code: ErrorCode, message: string): Trouble => ({ code, message })
