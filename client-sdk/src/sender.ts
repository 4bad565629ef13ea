import type { BatchAck, Welcome } from '../../protocol/batch.js'
import {
  CANDIDATE_NAMESPACE,
  type CandidateAuth,
  type CandidateToServer,
  type ControlMessage,
  type ProctorMessage,
} from '../../protocol/socket-events.js'
import { PROTOCOL_VERSION } from '../../protocol/version.js'
import { browserId } from './browser-id.js'
import type { Environment } from './environment.js'
import type { QueuedEvent } from './event-queue.js'
import type { Handlers } from './handlers.js'
import type { Intake } from './intake.js'
import type { KeystrokeSampler } from './keystroke-sampler.js'
import { type Link, openSocketLink } from './link.js'
import { Neighbours } from './neighbours.js'
import type { OutboxWriter } from './outbox-writer.js'
import { RecorderCore } from './recorder-core.js'
import type { CoreEffect } from './recorder-effects.js'
import type { Recorder, RecorderEvents, RecorderOptions } from './recorder-types.js'
import { splitUrl } from './service-url.js'
import { TokenHolder } from './token.js'

/** What a recorder lends to the part of it that sends. */
export interface SenderHost {
  sourceId: string
  options: RecorderOptions
  env: Environment
  intake: Intake
  outbox: OutboxWriter
  keystrokes: KeystrokeSampler
  handlers: Handlers<RecorderEvents>
  /** Whether somebody waits for commits. */
  isCommitAwaited(): boolean
  /** Something may have changed: watermarks, state, the end. */
  changed(): void
  /** @returns whether it is in the recording */
  record(event: { type: string; data: object }): boolean
  /** A recorder that sends what an earlier page load left. */
  makeHeir(options: Partial<RecorderOptions>): Recorder
}

const DEFAULT_GATHER_MS = 50
/** Of version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT_LENGTH = 55
/** What all pages of a browser may have under way by keepalive is 64 KiB. */
const MAX_PARTING_BYTES = 60 * 1024

/** Carries out what the core decides: the socket, its timer, the outbox, questions and answers. */
export class Sender {
  readonly core: RecorderCore
  readonly token: TokenHolder

  #link: Link | null = null
  /** Counts connections, so that what an older one still reports is not taken for the newer one's. */
  #connection = 0
  #timer: { atMs: number; cancel: () => void } | null = null
  /** When events that were just recorded will be looked at. */
  #gatherUntilMs = Number.POSITIVE_INFINITY
  #isPumping = false
  /** The service said that it follows traces. */
  #isTraced = false
  #leaps = 0
  readonly #neighbours: Neighbours

  constructor(readonly host: SenderHost) {
    const { options, env, intake } = host
    this.token = new TokenHolder(options.token)
    this.core = new RecorderCore({
      intake,
      isRestored: options.restored !== undefined,
      gatherMs: options.gatherMs ?? DEFAULT_GATHER_MS,
      canRenewToken: this.token.isRenewable,
      random: env.random,
    })
    this.#neighbours = new Neighbours(this)
    this.pump()
  }

  /** The local time. A leap of its clock is told to the core before anything else is. */
  nowMs(): number {
    const { env } = this.host
    const nowMs = env.nowMs()
    const leaps = env.leaps?.() ?? 0
    if (leaps > this.#leaps) {
      this.core.leapt(nowMs)
      // A timer that was set before is late by as much as the clock leapt, and what is recorded now would wait for it.
      env.after(0, () => this.pump())
    }
    this.#leaps = leaps
    return nowMs
  }

  /** Events were recorded. Not sent in here: the caller may be a key handler. Events that are gathered share one pump. */
  recorded(nowMs: number): void {
    const atMs = this.core.sendAtMs(nowMs)
    if (this.#gatherUntilMs <= atMs || (this.#timer !== null && this.#timer.atMs <= atMs)) return
    this.#gatherUntilMs = atMs
    const pump = () => {
      this.#gatherUntilMs = Number.POSITIVE_INFINITY
      this.pump()
    }
    // Beside the other timer, not in its place: to call that off and set it anew costs as much as the event.
    if (atMs > nowMs) this.host.env.after(atMs - nowMs, pump)
    else this.soon(pump)
  }

  /** Runs something in the page's next task. */
  protected soon(run: () => void): void {
    this.host.env.after(0, run)
  }

  /** Feeds the core and does what follows from it. */
  input(feed: (core: RecorderCore, nowMs: number) => void): void {
    feed(this.core, this.nowMs())
    this.pump()
  }

  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      this.core.isCommitAwaited = this.host.isCommitAwaited()
      this.host.intake.write()
      // What an effect sets off at once (a fake link may answer inside emit) is polled for in the next round.
      for (let effects = this.core.poll(this.nowMs()); effects.length > 0; ) {
        for (const effect of effects) this.#perform(effect)
        effects = this.core.poll(this.nowMs(), true)
      }
    } finally {
      // Whatever throws, the next pump must run: acks that never come make it connect and send again.
      this.#isPumping = false
      this.#pumpAt(this.core.wakeAtMs)
    }
    this.host.changed()
  }

  /** The page is being left: what the service has not acked goes along, as far as a browser takes it. */
  left(): void {
    const { options, env, sourceId, outbox } = this.host
    const events = this.core.unreceived(MAX_PARTING_BYTES)
    const token = this.token.current
    if (events.length === 0 || token === undefined || outbox.sessionId === null) return
    const { origin, prefix } = splitUrl(options.url)
    const url = `${origin}${prefix}/v1/sessions/${outbox.sessionId}/events`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ source: sourceId, ...asBatch(events) })
    env.fetch(url, { method: 'POST', keepalive: true, headers, body }).catch(() => {})
  }

  #pumpAt(atMs: number): void {
    if (this.#timer?.atMs === atMs) return
    this.#timer?.cancel()
    this.#timer = null
    if (atMs === Number.POSITIVE_INFINITY) return
    const { env } = this.host
    const cancel = env.after(Math.max(0, atMs - env.nowMs()), () => {
      this.#timer = null
      this.pump()
    })
    this.#timer = { atMs, cancel }
  }

  #perform(effect: CoreEffect): void {
    const { env, outbox, handlers } = this.host
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
        this.token.expire()
        break
      case 'send':
        this.#ask<BatchAck>('batch', [this.#traced(asBatch(effect.events))], (core, nowMs, answer) =>
          core.ack(nowMs, effect.id, answer),
        )
        break
      case 'ask-watermark':
        this.#ask<Watermark>('watermark', [], (core, nowMs, answer) =>
          core.watermark(nowMs, effect.id, answer),
        )
        break
      case 'ask-clock': {
        const sentAtMs = env.nowMs()
        this.#ask<{ serverTimeMs: number }>('clock', [], (core, nowMs, { serverTimeMs }) =>
          core.clock(sentAtMs, nowMs, serverTimeMs),
        )
        break
      }
      case 'keep':
        outbox.keep(effect.entries)
        break
      case 'forget':
        outbox.forgetThrough(effect.throughSeq)
        break
      case 'tell-room':
        handlers.emit('resync', { reason: 'not_kept' })
        break
      case 'tell-rejected':
        handlers.emit('rejected', [...effect.events])
        break
    }
  }

  /** It is the page's tracer that is asked, and no batch waits for what it does wrong. */
  #traced(batch: object): object {
    try {
      const traceparent = this.#isTraced && this.host.options.traceparent?.()
      return typeof traceparent === 'string' && traceparent.length === TRACEPARENT_LENGTH
        ? { ...batch, traceparent }
        : batch
    } catch (error) {
      // Not by callSafely: to share it between what is loaded first and this costs what is loaded first 150 bytes.
      if (typeof reportError === 'function') reportError(error)
      return batch
    }
  }

  #connect(): void {
    const connection = ++this.#connection
    const isCurrent = () => connection === this.#connection
    const failed = () => {
      if (isCurrent()) this.input((core, nowMs) => core.lost(nowMs, 'The token function failed.'))
    }
    this.token.get().then((token) => {
      if (!token && this.token.isRenewable) return failed()
      this.host.outbox.belongToSessionOf(token)
      if (isCurrent()) this.#open(token, isCurrent)
    }, failed)
  }

  #open(token: string, isCurrent: () => boolean): void {
    const { sourceId, env, options } = this.host
    const { url, sessionId, transportOptions, restored } = options
    const device = browserId()
    const auth: CandidateAuth = {
      token,
      sourceId,
      protocol: PROTOCOL_VERSION,
      ...(sessionId !== undefined && { sessionId }),
      ...(device !== undefined && { device }),
      ...(restored && { heir: true }),
    }
    const feed = (run: (core: RecorderCore, nowMs: number) => void) => {
      if (isCurrent()) this.input(run)
    }
    const openLink = env.openLink ?? openSocketLink
    this.#link = openLink(
      { url, namespace: CANDIDATE_NAMESPACE, auth, transportOptions },
      {
        connected: () => feed((core, nowMs) => core.connected(nowMs)),
        lost: (reason) => feed((core, nowMs) => core.lost(nowMs, `The connection is lost: ${reason}.`)),
        refused: (refusal) => feed((core, nowMs) => core.refused(nowMs, refusal)),
        received: (event, payload) => {
          if (isCurrent()) this.#onMessage(event, payload)
        },
      },
    )
  }

  #onMessage(event: string, payload: unknown): void {
    const { handlers, keystrokes, outbox } = this.host
    if (event === 'welcome') {
      const welcome = payload as Welcome
      this.#isTraced = welcome.traced === true
      if (welcome.sampling !== undefined) keystrokes.every = welcome.sampling.keystroke
      this.input((core, nowMs) => core.welcome(nowMs, welcome))
      outbox.belongTo(welcome.sessionId)
      this.#neighbours.start()
      handlers.emit('welcome', welcome)
    } else if (event === 'message') handlers.emit('message', payload as ProctorMessage)
    else if (event === 'control') {
      const control = payload as ControlMessage
      if (control.kind === 'token') this.token.replace(control.token)
      if (control.kind === 'superseded') this.input((core, nowMs) => core.superseded(nowMs))
      handlers.emit('control', control)
    }
  }

  /** Asks over the connection of now; an answer that comes after its end is not heard. */
  #ask<A>(
    event: string,
    args: readonly unknown[],
    heard: (core: RecorderCore, nowMs: number, answer: A) => void,
  ): void {
    const connection = this.#connection
    this.#link?.emit(event, args, (answer) => {
      if (connection === this.#connection) this.input((core, nowMs) => heard(core, nowMs, answer as A))
    })
  }
}

type Watermark = Parameters<CandidateToServer['watermark']>[0] extends (answer: infer A) => void ? A : never

const asBatch = (events: readonly QueuedEvent[]) => ({
  firstSeq: events[0]?.seq,
  events: events.map(({ json, timestampMs }) => ({ ...JSON.parse(json), timestamp: timestampMs })),
})
