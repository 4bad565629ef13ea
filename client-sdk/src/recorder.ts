import type { BatchAck, RejectedEvent, Welcome } from '../../protocol/batch.js'
import { PAUSED_TYPE, RESUMED_TYPE } from '../../protocol/event-types.js'
import { RecorderError } from '../../protocol/recorder-error.js'
import {
  CANDIDATE_NAMESPACE,
  type CandidateAuth,
  type CandidateToServer,
  type ControlMessage,
  type ProctorMessage,
} from '../../protocol/socket-events.js'
import { PROTOCOL_VERSION } from '../../protocol/version.js'
import { type Environment, hostEnvironment, randomUuid } from './environment.js'
import type { QueuedEvent } from './event-queue.js'
import { Handlers } from './handlers.js'
import { KeystrokeSampler } from './keystroke-sampler.js'
import { checkUrl, type Link } from './link.js'
import { memoryOutbox, type Outbox, type OutboxEntry } from './outbox.js'
import { OutboxWriter } from './outbox-writer.js'
import { RecorderCore } from './recorder-core.js'
import type { CoreEffect } from './recorder-effects.js'
import type {
  CloseOptions,
  RecordableEvent,
  Recorder,
  RecorderEvents,
  RecorderOptions,
  RecorderStatus,
} from './recorder-types.js'
import { sessionOf, TokenHolder } from './token.js'
import { Waiters } from './waiters.js'

/**
 * Records one source of a session: connects at once, and goes on until `close()` or until the service says that
 * it is over. Nothing that happens to the network reaches the caller other than through `status`.
 *
 * @throws RecorderError VALIDATION where `url` is none
 * @param env time, chance and the network; the host's own by default
 */
export function createRecorder(options: RecorderOptions, env: Environment = hostEnvironment): Recorder {
  checkUrl(options.url)
  return new RunningRecorder(options, env)
}

const DEFAULT_GATHER_MS = 50
const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000
const MAX_REJECTED = 100
/** What all pages of a browser may have under way by keepalive is 64 KiB. */
const MAX_PARTING_BYTES = 60 * 1024
/** Two looks soon after the start tell a page that lives from one that is just going. */
const FIRST_LOOKS_MS = 3_000
const LOOK_MS = 30_000
const HEIR_TIMEOUT_MS = 120_000
const OUTBOX_FAILED = {
  code: 'OUTBOX_FAILED' as const,
  message: 'What is not saved yet can not be kept beyond this page.',
}

/** Carries out what the core decides: the socket, the timer, the outbox, promises and handlers. */
class RunningRecorder implements Recorder {
  readonly sourceId: string
  readonly #core: RecorderCore
  readonly #token: TokenHolder
  readonly #outbox: OutboxWriter
  readonly #keystrokes: KeystrokeSampler
  readonly #handlers = new Handlers<RecorderEvents>()
  readonly #received = new Waiters()
  readonly #committed = new Waiters()

  #link: Link | null = null
  /** Counts connections, so that what an older one still reports is not taken for the newer one's. */
  #connection = 0
  #timer: { atMs: number; cancel: () => void } | null = null
  #isPumping = false
  #isClosing = false
  #pausedAtMs: number | null = null
  #sessionId: string | null = null
  #leaps = 0
  #looks = 0
  readonly #leavePage: (() => void) | undefined
  #rejected: RejectedEvent[] = []
  #toldStatus: RecorderStatus

  constructor(
    readonly options: RecorderOptions,
    readonly env: Environment,
  ) {
    this.sourceId = options.sourceId ?? randomUuid(env)
    this.#token = new TokenHolder(options.token)
    this.#keystrokes = new KeystrokeSampler(options.keystrokeSampling)
    this.#outbox = new OutboxWriter(this.sourceId, options.outbox ?? memoryOutbox(), () => this.#tellStatus())
    this.#core = new RecorderCore({
      gatherMs: options.gatherMs ?? DEFAULT_GATHER_MS,
      maxBufferedBytes: options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES,
      canRenewToken: this.#token.isRenewable,
      random: env.random,
      newId: () => randomUuid(env),
    })
    if (options.restored) this.#core.restore(env.nowMs(), options.restored)
    if (options.sessionId !== undefined) this.#belongTo(options.sessionId)
    this.#leavePage = env.watchPage?.({
      shown: (isShown) => this.#onShown(isShown),
      left: () => this.#onLeft(),
    })
    this.#toldStatus = this.status
    this.#pumpAt(env.nowMs())
  }

  get status(): RecorderStatus {
    const core = this.#core
    const storage = this.#outbox.state
    const error = storage === 'failed' ? OUTBOX_FAILED : core.error
    return {
      state: core.state(this.env.nowMs()),
      recordedSeq: core.recordedSeq,
      receivedSeq: core.receivedSeq,
      committedSeq: core.committedSeq,
      savedUpToMs: core.savedUpToMs,
      epoch: core.epoch,
      ...(error && { error }),
      rejected: this.#rejected,
      notKept: core.intake.notKept,
      isPaused: this.#pausedAtMs !== null,
      storage,
    }
  }

  record(event: RecordableEvent): number {
    if (this.#isClosing) throw new RecorderError('RECORDER_CLOSED', 'record() was called after close().')
    if (this.options.restored) {
      throw new RecorderError('RECORDER_CLOSED', 'This recorder only sends what an earlier one left.')
    }
    const kept = this.#pausedAtMs === null ? this.#keystrokes.take(event) : null
    if (kept === null) return this.#core.recordedSeq
    const nowMs = this.#nowMs()
    const seq = this.#core.record(nowMs, kept)
    // Not in here: the caller may be a key handler. Events that are gathered share one pump.
    const atMs = this.#core.sendAtMs(nowMs)
    if (this.#timer === null || this.#timer.atMs > atMs) this.#pumpAt(atMs)
    return seq
  }

  pause(reason?: string): void {
    if (this.#pausedAtMs !== null) return
    this.record({ type: PAUSED_TYPE, data: { reason: reason ?? null }, checkpoint: true })
    this.#pausedAtMs = this.env.nowMs()
    this.#tellStatus()
  }

  resume(): void {
    if (this.#pausedAtMs === null) return
    const pausedMs = Math.round(this.env.nowMs() - this.#pausedAtMs)
    this.#pausedAtMs = null
    this.record({ type: RESUMED_TYPE, data: { pausedMs }, checkpoint: true })
    this.#tellStatus()
    this.#handlers.emit('resync', { reason: 'resumed' })
  }

  whenReceived(seq = this.#core.recordedSeq): Promise<void> {
    return this.#wait(this.#received, seq)
  }

  whenCommitted(seq = this.#core.recordedSeq): Promise<void> {
    return this.#wait(this.#committed, seq)
  }

  async close({
    waitFor = 'received',
    timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS,
  }: CloseOptions = {}): Promise<void> {
    this.#isClosing = true
    this.#core.isHurried = this.#core.isClosing = true
    this.#pump()
    let cancel: (() => void) | undefined
    try {
      if (waitFor === 'nothing') return
      const timeout = new Promise<never>((_, reject) => {
        cancel = this.env.after(timeoutMs, () => reject(this.#timedOut(waitFor, timeoutMs)))
      })
      await Promise.race([waitFor === 'received' ? this.whenReceived() : this.whenCommitted(), timeout])
    } finally {
      cancel?.()
      this.#input((nowMs) => this.#core.close(nowMs))
      this.#leavePage?.()
      this.#outbox.outbox.close?.()
    }
  }

  on<E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void): () => void {
    return this.#handlers.on(event, handler)
  }

  #wait(waiters: Waiters, seq: number): Promise<void> {
    const promise = waiters.wait(seq)
    this.#pump()
    return promise
  }

  /** The local time. A leap of its clock is told to the core before anything else is. */
  #nowMs(): number {
    const nowMs = this.env.nowMs()
    const leaps = this.env.leaps?.() ?? 0
    if (leaps > this.#leaps) this.#core.leapt(nowMs)
    this.#leaps = leaps
    return nowMs
  }

  /** Feeds the core and does what follows from it. */
  #input(feed: (nowMs: number) => void): void {
    feed(this.#nowMs())
    this.#pump()
  }

  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    this.#core.isCommitAwaited = !this.#committed.isEmpty
    this.#core.intake.write()
    try {
      // What an effect sets off at once (a fake link may answer inside emit) is polled for in the next round.
      for (let effects = this.#core.poll(this.#nowMs()); effects.length > 0; ) {
        for (const effect of effects) this.#perform(effect)
        effects = this.#core.poll(this.#nowMs())
      }
    } finally {
      // Whatever throws, the next pump must run: acks that never come make it connect and send again.
      this.#isPumping = false
      this.#pumpAt(this.#core.wakeAtMs)
    }
    this.#settle()
    this.#tellStatus()
  }

  #pumpAt(atMs: number): void {
    if (this.#timer?.atMs === atMs) return
    this.#timer?.cancel()
    this.#timer = null
    if (atMs === Number.POSITIVE_INFINITY) return
    const cancel = this.env.after(Math.max(0, atMs - this.env.nowMs()), () => {
      this.#timer = null
      this.#pump()
    })
    this.#timer = { atMs, cancel }
  }

  #perform(effect: CoreEffect): void {
    const core = this.#core
    switch (effect.do) {
      case 'connect':
        this.#connect()
        break
      case 'disconnect':
        this.#connection++
        this.#link?.close()
        this.#link = null
        break
      case 'expire-token':
        this.#token.expire()
        break
      case 'send':
        this.#ask<BatchAck>('batch', [asBatch(effect.events)], (nowMs, answer) =>
          core.ack(nowMs, effect.id, answer),
        )
        break
      case 'ask-watermark':
        this.#ask<Watermark>('watermark', [], (nowMs, answer) => core.watermark(nowMs, effect.id, answer))
        break
      case 'ask-clock': {
        const sentAtMs = this.env.nowMs()
        this.#ask<{ serverTimeMs: number }>('clock', [], (nowMs, { serverTimeMs }) =>
          core.clock(sentAtMs, nowMs, serverTimeMs),
        )
        break
      }
      case 'keep':
        this.#outbox.keep(effect.entries)
        break
      case 'forget':
        this.#outbox.forgetThrough(effect.throughSeq)
        break
      case 'tell-room':
        this.#handlers.emit('resync', { reason: 'not_kept' })
        break
      case 'tell-rejected':
        this.#rejected = [...this.#rejected, ...effect.events].slice(-MAX_REJECTED)
        this.#handlers.emit('rejected', [...effect.events])
        break
    }
  }

  #connect(): void {
    const connection = ++this.#connection
    const isCurrent = () => connection === this.#connection
    this.#token.get().then(
      (token) => {
        this.#belongTo(sessionOf(token))
        if (isCurrent()) this.#open(token, isCurrent)
      },
      () => {
        if (isCurrent()) this.#input((nowMs) => this.#core.lost(nowMs, 'The token function failed.'))
      },
    )
  }

  #open(token: string, isCurrent: () => boolean): void {
    const { url, sessionId, transportOptions, restored } = this.options
    const device = this.env.device?.()
    const auth: CandidateAuth = {
      token,
      sourceId: this.sourceId,
      protocol: PROTOCOL_VERSION,
      ...(sessionId !== undefined && { sessionId }),
      ...(device !== undefined && { device }),
      ...(restored && { heir: true }),
    }
    const feed = (run: (nowMs: number) => void) => {
      if (isCurrent()) this.#input(run)
    }
    this.#link = this.env.openLink(
      { url, namespace: CANDIDATE_NAMESPACE, auth, transportOptions },
      {
        connected: () => feed((nowMs) => this.#core.connected(nowMs)),
        lost: (reason) => feed((nowMs) => this.#core.lost(nowMs, `The connection is lost: ${reason}.`)),
        refused: (refusal) => feed((nowMs) => this.#core.refused(nowMs, refusal)),
        received: (event, payload) => {
          if (isCurrent()) this.#onMessage(event, payload)
        },
      },
    )
  }

  #onMessage(event: string, payload: unknown): void {
    if (event === 'welcome') {
      const { sampling } = payload as Welcome
      if (sampling !== undefined) this.#keystrokes.every = sampling.keystroke
      this.#input((nowMs) => this.#core.welcome(nowMs, payload as Welcome))
      this.#belongTo((payload as Welcome).sessionId)
      if (this.#looks === 0) this.#lookAround()
      this.#handlers.emit('welcome', payload as Welcome)
    } else if (event === 'message') this.#handlers.emit('message', payload as ProctorMessage)
    else if (event === 'control') {
      const control = payload as ControlMessage
      if (control.kind === 'token') this.#token.replace(control.token)
      if (control.kind === 'superseded') this.#input((nowMs) => this.#core.superseded(nowMs))
      this.#handlers.emit('control', control)
    }
  }

  /** Asks over the connection of now; an answer that comes after its end is not heard. */
  #ask<A>(event: string, args: readonly unknown[], heard: (nowMs: number, answer: A) => void): void {
    const connection = this.#connection
    this.#link?.emit(event, args, (answer) => {
      if (connection === this.#connection) this.#input((nowMs) => heard(nowMs, answer as A))
    })
  }

  // ---- the page, and those before it

  #belongTo(sessionId: string | null): void {
    if (sessionId === null || sessionId === this.#sessionId) return
    this.#sessionId = sessionId
    this.#outbox.outbox.belongsTo?.(sessionId)
  }

  /** A hidden page may be gone without another word, and its timers are held back. */
  #onShown(isShown: boolean): void {
    this.#core.isHurried = !isShown || this.#isClosing
    this.#pump()
    if (!isShown) this.#outbox.outbox.flush?.()
  }

  /** The page is being left: to the disk with what waits, and, as far as a browser takes it along, to the service. */
  #onLeft(): void {
    this.#core.isHurried = true
    this.#pump()
    this.#outbox.outbox.flush?.()
    const events = this.#core.unreceived(MAX_PARTING_BYTES)
    const token = this.#token.current
    if (events.length === 0 || token === undefined || this.#sessionId === null) return
    const url = `${this.options.url.replace(/\/+$/, '')}/v1/sessions/${this.#sessionId}/events`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ source: this.sourceId, ...asBatch(events) })
    this.env.fetch(url, { method: 'POST', keepalive: true, headers, body }).catch(() => {})
  }

  /** Sends what earlier loads of the page left, and notices other pages [R11]. Goes on as long as the recorder does. */
  #lookAround(): void {
    const { outbox } = this.#outbox
    if (!outbox.takeOver || this.#sessionId === null || this.options.restored) return
    this.#looks++
    const again = () => {
      if (this.#core.ending !== null) return
      this.env.after(this.#looks < 3 ? FIRST_LOOKS_MS : LOOK_MS, () => this.#lookAround())
    }
    outbox
      .takeOver(this.#sessionId, {
        send: (sourceId, restored, outbox) => this.#sendFor(sourceId, restored, outbox),
        sees: (otherSourceId) => {
          if (!this.#isClosing)
            this.record({ type: 'second_tab', data: { source: 'browser', otherSourceId } })
        },
      })
      .then(again, again)
  }

  async #sendFor(sourceId: string, restored: readonly OutboxEntry[], outbox: Outbox): Promise<boolean> {
    const token = () => this.#token.get()
    const heir = new RunningRecorder({ ...this.options, sourceId, restored, outbox, token }, this.env)
    const end = heir.close({ waitFor: 'committed', timeoutMs: HEIR_TIMEOUT_MS })
    return end.then(
      () => true,
      () => false,
    )
  }

  #settle(): void {
    const core = this.#core
    this.#received.reached(core.receivedSeq)
    this.#committed.reached(core.committedSeq)
    if (core.ending === null) return
    const code = core.ending.error?.code ?? 'RECORDER_CLOSED'
    const reason = () => new RecorderError(code, 'The recorder stopped before the service had confirmed.')
    this.#received.fail(reason)
    this.#committed.fail(reason)
  }

  #timedOut(waitFor: string, timeoutMs: number): RecorderError {
    const { recordedSeq, receivedSeq, committedSeq } = this.#core
    const details = { recordedSeq, receivedSeq, committedSeq }
    return new RecorderError('TIMED_OUT', `Not everything was ${waitFor} within ${timeoutMs} ms.`, details)
  }

  #tellStatus(): void {
    const { status } = this
    const before = this.#toldStatus
    const keys = Object.keys({ ...before, ...status }) as (keyof RecorderStatus)[]
    if (keys.every((key) => before[key] === status[key])) return
    this.#toldStatus = status
    this.#handlers.emit('status', status)
    if (status.state === 'lagging' && before.state !== 'lagging') this.#handlers.emit('lagging', status)
    if (status.storage === 'failed' && before.storage !== 'failed')
      this.#handlers.emit('storage-failed', status)
  }
}

type Watermark = Parameters<CandidateToServer['watermark']>[0] extends (answer: infer A) => void ? A : never

const asBatch = (events: readonly QueuedEvent[]) => ({
  firstSeq: events[0]?.seq,
  events: events.map(({ json, timestampMs }) => ({ ...JSON.parse(json), timestamp: timestampMs })),
})
