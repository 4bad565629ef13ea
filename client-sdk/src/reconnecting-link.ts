import type { ErrorCode } from '../../protocol/errors.js'
import { type Backoff, backoffMs, jittered } from './backoff.js'
import type { Environment } from './environment.js'
import { type Link, openSocketLink, type Refused, type TransportOptions } from './link.js'
import { reactionTo } from './refusals.js'
import type { TokenHolder } from './token.js'

export interface ReconnectingTarget {
  url: string
  namespace: string
  transportOptions: TransportOptions | undefined
  auth: (token: string) => object
}

export interface ReconnectingEvents {
  up(): void
  /** The connection is lost, or could not be made; another attempt follows. */
  down(trouble: { code: ErrorCode; message: string }): void
  /** The service will not have this client; no attempt follows. */
  refused(trouble: { code: ErrorCode; message: string }): void
  received(event: string, payload: unknown): void
}

/**
 * A connection that comes back by itself, for clients that lose nothing when it goes: they ask for what they
 * have missed. Connects at once; nothing is sent while it is down.
 */
export class ReconnectingLink {
  #link: Link | null = null
  #isUp = false
  #isOver = false
  #failures = 0
  /** Counts connections: what an older one still reports is not heard. */
  #connection = 0
  #cancelTimer: (() => void) | null = null
  /** What this connection was asked and has not answered. */
  #questions = new Set<{ cancel: () => void; failed: (() => void) | undefined }>()

  constructor(
    readonly target: ReconnectingTarget,
    readonly token: TokenHolder,
    readonly env: Environment,
    readonly events: ReconnectingEvents,
  ) {
    this.#connect()
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Asks over the connection of now; `failed` is called where it goes, or is too slow, before the answer. */
  ask<A>(event: string, args: readonly unknown[], heard: (answer: A) => void, failed?: () => void): void {
    if (!this.#isUp) {
      failed?.()
      return
    }
    const question = {
      cancel: this.env.after(ANSWER_TIMEOUT_MS, () => this.#lost('the service did not answer in time')),
      failed,
    }
    this.#questions.add(question)
    this.#link?.emit(event, args, (answer) => {
      if (!this.#questions.delete(question)) return
      question.cancel()
      heard(answer as A)
    })
  }

  /** What to do about a refusal, of the handshake or in an answer. @returns false where the caller may retry */
  handle(refusal: Refused): boolean {
    const reaction = reactionTo(refusal.code)
    if (reaction === 'renewToken' && this.token.isRenewable) {
      this.token.expire()
      this.#lost(refusal.message, refusal)
      return true
    }
    if (reaction !== 'refused' && reaction !== 'renewToken') return false
    this.stop()
    this.events.refused({ code: refusal.code, message: refusal.message })
    return true
  }

  stop(): void {
    this.#isOver = true
    this.#close()
    this.#cancelTimer?.()
  }

  #connect(): void {
    const connection = ++this.#connection
    const isCurrent = () => connection === this.#connection && !this.#isOver
    // The token function may never answer; neither may a half-open network.
    this.#wait(OPENING_TIMEOUT_MS, () => this.#lost('the service did not answer in time'))
    const failed = () => {
      if (isCurrent()) this.#lost('the token function failed')
    }
    this.token.get().then((token) => {
      if (!token && this.token.isRenewable) return failed()
      if (isCurrent()) this.#open(token, isCurrent)
    }, failed)
  }

  #open(token: string, isCurrent: () => boolean): void {
    const { auth, ...target } = this.target
    this.#link = (this.env.openLink ?? openSocketLink)(
      { ...target, auth: auth(token) },
      {
        connected: () => {
          if (!isCurrent()) return
          this.#cancelTimer?.()
          this.#isUp = true
          this.events.up()
          this.#wait(STABLE_MS, () => {
            this.#failures = 0
          })
        },
        lost: (reason) => {
          if (isCurrent()) this.#lost(reason)
        },
        refused: (refusal) => {
          if (isCurrent() && !this.handle(refusal)) this.#lost(refusal.message, refusal)
        },
        received: (event, payload) => {
          if (isCurrent()) this.events.received(event, payload)
        },
      },
    )
  }

  #lost(reason: string, refusal?: Refused): void {
    if (this.#isOver) return
    this.#close()
    this.#failures++
    const waitMs = Math.max(
      backoffMs(BACKOFF, this.#failures, this.env.random),
      jittered(refusal?.retryAfterMs ?? 0, this.env.random),
    )
    this.#wait(waitMs, () => this.#connect())
    const trouble = { code: 'UNREACHABLE' as const, message: `The connection is lost: ${reason}.` }
    this.events.down(refusal ? { code: refusal.code, message: refusal.message } : trouble)
  }

  #close(): void {
    this.#connection++
    this.#isUp = false
    this.#link?.close()
    this.#link = null
    const questions = [...this.#questions]
    this.#questions.clear()
    for (const { cancel, failed } of questions) {
      cancel()
      failed?.()
    }
  }

  #wait(ms: number, run: () => void): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.env.after(ms, run)
  }
}

const ANSWER_TIMEOUT_MS = 15_000
const OPENING_TIMEOUT_MS = 20_000
/** A connection that held so long was a good one. */
const STABLE_MS = 10_000
const BACKOFF: Backoff = { firstMs: 300, mostMs: 2_000 }
