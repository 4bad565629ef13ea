import type { RejectedEvent } from '../../protocol/batch.js'
import { ExplainedError, type RecorderError } from '../../protocol/errors.js'
import type { Environment } from './environment.js'
import { remoteError } from './remote-error.js'

/** What a recorded event has become. */
export interface Recorded {
  /**
   * The event's number within the source of this process; the last one where its text was cut. 0 where it has none:
   * a keystroke that sampling leaves out, or an event under an `idempotencyKey`.
   */
  sourceSeq: number
  /** Whether it is in the database already. */
  committed: boolean
}

interface Call {
  firstSeq: number
  lastSeq: number
  isCommitAwaited: boolean
  untilMs: number
  resolve: (recorded: Recorded) => void
  reject: (error: RecorderError) => void
}

/** The promises that wait for events of one source: first until they are received, some then until committed. */
export class WriterCalls {
  /** In the order of their seqs. */
  #sent: Call[] = []
  #received: Call[] = []
  #deadline: { atMs: number; cancel: () => void } | null = null

  constructor(readonly env: Pick<Environment, 'nowMs' | 'after'>) {}

  get isEmpty(): boolean {
    return this.#sent.length === 0 && this.#received.length === 0
  }

  /** Whether somebody waits for the commit of what is received. */
  get isCommitAwaited(): boolean {
    return this.#received.length > 0
  }

  wait(of: Omit<Call, 'resolve' | 'reject'>): Promise<Recorded> {
    const waiting = new Promise<Recorded>((resolve, reject) => this.#sent.push({ ...of, resolve, reject }))
    if (this.#deadline === null || of.untilMs < this.#deadline.atMs) this.#watchDeadlines()
    return waiting
  }

  /** Resolves those that need not wait any more. */
  reached(receivedSeq: number, committedSeq: number): void {
    let taken = 0
    for (const call of this.#sent) {
      if (call.lastSeq > receivedSeq) break
      taken++
      const committed = call.lastSeq <= committedSeq
      if (call.isCommitAwaited && !committed) this.#received.push(call)
      else call.resolve({ sourceSeq: call.lastSeq, committed })
    }
    this.#sent.splice(0, taken)
    this.#received = this.#received.filter((call) => {
      if (call.lastSeq > committedSeq) return true
      call.resolve({ sourceSeq: call.lastSeq, committed: true })
      return false
    })
    if (this.isEmpty) this.#watchDeadlines()
  }

  /** Fails those whose events the service would not keep; all others go on. */
  refused(rejected: readonly RejectedEvent[]): void {
    for (const { sourceSeq, code, message } of rejected) {
      this.#fail(
        (call) => call.firstSeq <= sourceSeq && sourceSeq <= call.lastSeq,
        () => remoteError({ code, message }),
      )
    }
  }

  failUnreceived(error: RecorderError): void {
    for (const call of this.#sent.splice(0)) call.reject(error)
  }

  failAll(error: RecorderError): void {
    this.#fail(
      () => true,
      () => error,
    )
    this.#watchDeadlines()
  }

  /** Their events have got other numbers. */
  shift(by: number): void {
    for (const call of [...this.#sent, ...this.#received]) {
      call.firstSeq += by
      call.lastSeq += by
    }
  }

  /** Keeps one timer, for the first caller who will not wait any longer. */
  #watchDeadlines(): void {
    this.#deadline?.cancel()
    this.#deadline = null
    const calls = [...this.#sent, ...this.#received]
    const atMs = calls.reduce((least, { untilMs }) => Math.min(least, untilMs), Number.POSITIVE_INFINITY)
    if (atMs === Number.POSITIVE_INFINITY) return
    const cancel = this.env.after(Math.max(0, atMs - this.env.nowMs()), () => {
      this.#deadline = null
      this.#expire(this.env.nowMs())
      this.#watchDeadlines()
    })
    this.#deadline = { atMs, cancel }
  }

  /** Fails those that have waited too long. What they recorded is still held, and sent when that is possible. */
  #expire(nowMs: number): void {
    this.#fail(
      (call) => call.untilMs <= nowMs,
      ({ isCommitAwaited, lastSeq }) => {
        const awaited = isCommitAwaited ? 'committed' : 'received'
        return new ExplainedError('TIMED_OUT', `The event was not ${awaited} in time.`, {
          sourceSeq: lastSeq,
        })
      },
    )
  }

  #fail(isMeant: (call: Call) => boolean, error: (call: Call) => RecorderError): void {
    const keep = (call: Call): boolean => {
      if (!isMeant(call)) return true
      call.reject(error(call))
      return false
    }
    this.#sent = this.#sent.filter(keep)
    this.#received = this.#received.filter(keep)
  }
}
