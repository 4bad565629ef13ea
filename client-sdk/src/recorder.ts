import type { RejectedEvent } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import { PAUSED_TYPE, RESUMED_TYPE } from '../../protocol/event-types.js'
import { RecorderError } from '../../protocol/recorder-error.js'
import { checkUrl } from './check-url.js'
import { type Environment, hostEnvironment, randomUuid } from './environment.js'
import { Handlers } from './handlers.js'
import { Intake } from './intake.js'
import { KeystrokeSampler } from './keystroke-sampler.js'
import type { Outbox } from './outbox.js'
import { OutboxWriter, wallAheadMs } from './outbox-writer.js'
import type {
  CloseOptions,
  RecordableEvent,
  Recorder,
  RecorderEvents,
  RecorderOptions,
  RecorderStatus,
} from './recorder-types.js'
import type { Sender } from './sender.js'
import { Waiters } from './waiters.js'

/**
 * Records one source of a session: connects at once, and goes on until `close()` or until the service says that
 * it is over. Nothing that happens to the network reaches the caller other than through `status`.
 *
 * @throws RecorderError VALIDATION where `url` is none
 * @param env time, chance, the network and the page; the host's own by default
 */
export function createRecorder(
  options: RecorderOptions,
  env: RecorderEnvironment = hostWithSender,
): Recorder {
  checkUrl(options.url)
  return new RunningRecorder(options, env)
}

export interface RecorderEnvironment extends Environment {
  /** The part of a recorder that sends; a page is not kept waiting for it. */
  loadSender(): Promise<{ Sender: typeof Sender }>
}

const hostWithSender: RecorderEnvironment = {
  ...hostEnvironment,
  loadSender: () => import('./host-sender.js'),
}

const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024
const CLOSE_TIMEOUT_MS = 10_000
/** The service brings to its database every ten seconds what it has received. */
const COMMIT_TIMEOUT_MS = 30_000
const MAX_REJECTED = 100
/** How soon what is recorded before the sender is there goes to the outbox. */
const KEEP_AFTER_MS = 50
const LOAD_AGAIN_MS = 3_000

/**
 * What the page calls: takes events, numbers them, keeps them, says how it stands. Sending is the part of it that is
 * loaded beside the page; until it is there, and where it can't be loaded, events are kept.
 */
class RunningRecorder implements Recorder {
  readonly sourceId: string
  readonly #intake: Intake
  readonly #outbox: OutboxWriter
  readonly #keystrokes: KeystrokeSampler
  readonly #handlers = new Handlers<RecorderEvents>()
  readonly #received = new Waiters()
  readonly #committed = new Waiters()
  readonly #leavePage: (() => void) | undefined
  #sender: Sender | null = null
  #loadError: Trouble | null = null
  #isKeeping = false
  #isHidden = false
  #isLeft = false
  #isClosing = false
  #isClosed = false
  #pausedAtMs: number | null = null
  #rejected: RejectedEvent[] = []
  #toldStatus: RecorderStatus

  constructor(
    readonly options: RecorderOptions,
    readonly env: RecorderEnvironment,
  ) {
    this.sourceId = options.sourceId ?? randomUuid(env)
    this.#keystrokes = new KeystrokeSampler(options.keystrokeSampling)
    this.#intake = new Intake(options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES, () => randomUuid(env))
    if (options.restored) this.#intake.restore(env.nowMs(), options.restored, wallAheadMs(env))
    this.#outbox = new OutboxWriter(this.sourceId, options.outbox ?? NO_OUTBOX, env)
    // At once where it is known: what is kept must not be taken for somebody else's, whatever becomes of this page.
    const { sessionId, token } = options
    if (sessionId !== undefined) this.#outbox.belongTo(sessionId)
    else if (typeof token === 'string') this.#outbox.belongToSessionOf(token)
    this.#leavePage = env.watchPage?.({
      shown: (isShown) => this.#onShown(isShown),
      left: () => this.#onLeft(),
    })
    this.#handlers.on('rejected', (events) => {
      this.#rejected = [...this.#rejected, ...events].slice(-MAX_REJECTED)
    })
    this.#toldStatus = this.status
    this.#outbox.onChange = () => this.#tellStatus()
    this.#load()
  }

  get status(): RecorderStatus {
    const { queue } = this.#intake
    const core = this.#sender?.core
    const storage = this.#outbox.state
    const ofOutbox = storage === 'failed' ? OUTBOX_FAILED : this.#intake.isFull ? OUTBOX_FULL : null
    const error = core?.ending?.error ?? ofOutbox ?? (core ? core.error : this.#loadError)
    return {
      state: core?.state(this.env.nowMs()) ?? (this.#isClosed ? 'closed' : 'connecting'),
      recordedSeq: queue.lastSeq,
      receivedSeq: core?.receivedSeq ?? queue.firstSeq - 1,
      committedSeq: core?.committedSeq ?? queue.firstSeq - 1,
      savedUpToMs: core?.savedUpToMs ?? null,
      epoch: core?.epoch ?? null,
      ...(error && { error }),
      rejected: this.#rejected,
      notKept: this.#intake.notKept,
      isPaused: this.#pausedAtMs !== null,
      storage,
    }
  }

  record(event: RecordableEvent): number {
    // After close(), and where it sends what an earlier one left.
    if (this.#isClosing || this.options.restored) {
      throw new RecorderError('RECORDER_CLOSED', 'It takes no events.')
    }
    // Once it is over for good nobody takes events any more: they would be kept on the candidate's disk for nothing.
    const isTaken = this.#pausedAtMs === null && !this.#sender?.core.isOver
    const kept = isTaken ? this.#keystrokes.take(event) : null
    if (kept === null) return this.#intake.queue.lastSeq
    const nowMs = this.#sender?.nowMs() ?? this.env.nowMs()
    const seq = this.#intake.record(nowMs, kept)
    // Others hear of it after us, and what they still say has no later moment either.
    if (this.#isLeft) this.#onLeft()
    else if (this.#sender) this.#sender.recorded(nowMs)
    else this.#keepSoon()
    return seq
  }

  pause(reason?: string): void {
    if (this.#pausedAtMs !== null || this.#isClosing) return
    this.record({ type: PAUSED_TYPE, data: { reason: reason ?? null }, checkpoint: true })
    this.#pausedAtMs = this.env.nowMs()
    this.#tellStatus()
  }

  resume(): void {
    if (this.#pausedAtMs === null || this.#isClosing) return
    const pausedMs = Math.round(this.env.nowMs() - this.#pausedAtMs)
    this.#pausedAtMs = null
    this.record({ type: RESUMED_TYPE, data: { pausedMs }, checkpoint: true })
    this.#tellStatus()
    this.#handlers.emit('resync', { reason: 'resumed' })
  }

  whenReceived(seq = this.#intake.queue.lastSeq): Promise<void> {
    return this.#wait(this.#received, seq)
  }

  whenCommitted(seq = this.#intake.queue.lastSeq): Promise<void> {
    return this.#wait(this.#committed, seq)
  }

  async close({
    waitFor = 'received',
    timeoutMs = waitFor === 'received' ? CLOSE_TIMEOUT_MS : COMMIT_TIMEOUT_MS,
  }: CloseOptions = {}): Promise<void> {
    this.#isClosing = true
    this.#hurry()
    let cancel: (() => void) | undefined
    try {
      if (waitFor === 'nothing') return
      const timeout = new Promise<never>((_, reject) => {
        cancel = this.env.after(timeoutMs, () => reject(this.#timedOut(waitFor, timeoutMs)))
      })
      await Promise.race([waitFor === 'received' ? this.whenReceived() : this.whenCommitted(), timeout])
    } finally {
      cancel?.()
      this.#isClosed = true
      // What is written out later would come to an outbox that is closed.
      this.#intake.write(true)
      this.#keep()
      this.#sender?.input((core, nowMs) => core.close(nowMs))
      this.#changed()
      this.#leavePage?.()
      this.#outbox.outbox.close?.()
    }
  }

  on<E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void): () => void {
    return this.#handlers.on(event, handler)
  }

  #wait(waiters: Waiters, seq: number): Promise<void> {
    const promise = waiters.wait(seq)
    this.#sender?.pump()
    this.#changed()
    return promise
  }

  // ---- the part that sends

  #load(): void {
    this.env.loadSender().then(
      ({ Sender }) => {
        if (this.#isClosed) return
        this.#sender = new Sender({
          sourceId: this.sourceId,
          options: this.options,
          env: this.env,
          intake: this.#intake,
          outbox: this.#outbox,
          keystrokes: this.#keystrokes,
          handlers: this.#handlers,
          isCommitAwaited: () => !this.#committed.isEmpty,
          changed: () => this.#changed(),
          record: (event) => {
            if (this.#isClosing || this.#pausedAtMs !== null) return false
            this.record(event)
            return true
          },
          makeHeir: (options) => new RunningRecorder({ ...this.options, ...options }, this.env),
        })
        this.#hurry()
      },
      () => {
        this.#loadError = { code: 'UNREACHABLE', message: 'The sender was not loaded.' }
        this.#tellStatus()
        if (!this.#isClosed) this.env.after(LOAD_AGAIN_MS, () => this.#load())
      },
    )
  }

  /** Without a sender: to the outbox alone. */
  #keepSoon(): void {
    if (this.#isKeeping) return
    this.#isKeeping = true
    this.env.after(KEEP_AFTER_MS, () => this.#keep())
  }

  #keep(): void {
    this.#isKeeping = false
    if (this.#sender) return
    this.#intake.write()
    const entries = this.#intake.takeUnsaved()
    if (entries.length > 0) this.#outbox.keep(entries)
    if (this.#intake.hasUnwritten) this.#keepSoon()
  }

  #hurry(): void {
    const core = this.#sender?.core
    if (!core) return
    core.isClosing = this.#isClosing
    core.isHurried = this.#isHidden || this.#isClosing
    this.#sender?.pump()
  }

  // ---- the page

  /** A hidden page may be gone without another word, and its timers are held back. */
  #onShown(isShown: boolean): void {
    this.#isHidden = !isShown
    if (isShown) this.#isLeft = false
    else this.#intake.write(true)
    this.#hurry()
    if (!isShown) this.#flush()
  }

  #onLeft(): void {
    this.#isHidden = this.#isLeft = true
    this.#intake.write(true)
    this.#hurry()
    this.#flush()
    this.#sender?.left()
  }

  #flush(): void {
    this.#keep()
    this.#outbox.outbox.flush?.()
  }

  // ---- what is told

  #changed(): void {
    const core = this.#sender?.core
    if (core) {
      this.#received.reached(core.receivedSeq)
      this.#committed.reached(core.committedSeq)
    }
    const ending = core ? core.ending : this.#isClosed ? { error: null } : null
    if (ending !== null) {
      const code = ending.error?.code ?? 'RECORDER_CLOSED'
      const reason = () => new RecorderError(code, 'The recorder stopped before.')
      this.#received.fail(reason)
      this.#committed.fail(reason)
    }
    this.#tellStatus()
  }

  #timedOut(waitFor: string, timeoutMs: number): RecorderError {
    const message = `Not everything was ${waitFor} within ${timeoutMs} ms.`
    return new RecorderError('TIMED_OUT', message, { ...this.status })
  }

  #tellStatus(): void {
    const { status } = this
    const before = this.#toldStatus
    // Looked at with every batch and every ack.
    if (hasAllOf(before, status) && hasAllOf(status, before)) return
    this.#toldStatus = status
    this.#handlers.emit('status', status)
    if (status.state === 'lagging' && before.state !== 'lagging') this.#handlers.emit('lagging', status)
    if (status.storage === 'failed' && before.storage !== 'failed')
      this.#handlers.emit('storage-failed', status)
  }
}

function hasAllOf(a: RecorderStatus, b: RecorderStatus): boolean {
  for (const key in b) if (a[key as keyof RecorderStatus] !== b[key as keyof RecorderStatus]) return false
  return true
}

interface Trouble {
  code: ErrorCode
  message: string
}

/** The recorder's own memory is all there is. */
const NO_OUTBOX: Outbox = { append() {}, read: () => [], forgetThrough() {} }

const OUTBOX_FAILED: Trouble = { code: 'OUTBOX_FAILED', message: 'Nothing is kept beyond this page.' }
const OUTBOX_FULL: Trouble = { code: 'OUTBOX_FULL', message: 'Nothing more is kept.' }
