import { type ErrorCode, ExplainedError, type RecorderError } from '../../protocol/errors.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  type Done,
  type LiveEvents,
  PROCTOR_NAMESPACE,
  type Presence,
  type WatchAnswer,
} from '../../protocol/socket-events.js'
import { makeApi, type SessionApi } from './api.js'
import { checkUrl } from './check-url.js'
import { type Environment, hostEnvironment } from './environment.js'
import { callSafely } from './handlers.js'
import { HistoryReader } from './history-reader.js'
import { ReconnectingLink } from './reconnecting-link.js'
import { remoteError } from './remote-error.js'
import { TokenHolder } from './token.js'
import { Waiters } from './waiters.js'
import { type WatchEffect, WatcherCore } from './watcher-core.js'
import type {
  Beginning,
  Note,
  Watcher,
  WatcherOptions,
  WatcherState,
  WatcherStatus,
} from './watcher-types.js'

/**
 * Follows one session live, from its first event, from `afterSeq`, or from a keyframe: connects at once and goes on until
 * `stop()`.
 *
 * @param env time, chance and the network; the host's own by default
 * @throws RecorderError VALIDATION where `url` is none
 */
export function createWatcher(options: WatcherOptions, env: Environment = hostEnvironment): Watcher {
  checkUrl(options.url)
  return new RunningWatcher(options, env)
}

const PAGE_EVENTS = 1000
/** What lies behind a keyframe mostly comes at once. */
const PAGE_BEHIND_KEYFRAME = 5000

/** Carries out what the core decides. */
class RunningWatcher implements Watcher {
  readonly #core: WatcherCore
  readonly #link: ReconnectingLink
  readonly #api: SessionApi
  readonly #caughtUp = new Waiters()
  readonly #history: HistoryReader
  /** How far the history goes that is to be read once the end is here. */
  #historyEndSeq = 0
  #ending: { state: 'refused' | 'stopped'; error: { code: ErrorCode; message: string } | null } | null = null
  #error: { code: ErrorCode; message: string } | null = null
  #wasFollowing = false
  #cancelTimer: (() => void) | null = null
  #toldStatus: WatcherStatus

  constructor(
    readonly options: WatcherOptions,
    readonly env: Environment,
  ) {
    const { url, transportOptions } = options
    const token = new TokenHolder(options.token)
    this.#core = new WatcherCore(options.afterSeq ?? (options.begin ? null : 0), env.random)
    this.#api = makeApi({ url, retries: 0 }, token, env)
    const reading = {
      read: (afterSeq: number) =>
        this.#api.getEvents(this.options.sessionId, { afterSeq, limit: PAGE_EVENTS }),
      onEvents: (events: RecordedEvent[]) => callSafely(() => this.options.begin?.onHistory(events)),
    }
    this.#history = new HistoryReader(reading, env)
    this.#toldStatus = this.status
    const target = {
      url,
      namespace: PROCTOR_NAMESPACE,
      transportOptions,
      auth: (t: string) => ({ token: t }),
    }
    this.#link = new ReconnectingLink(target, token, env, {
      up: () => this.#input(() => this.#core.up()),
      down: (error) => {
        this.#trouble(error)
        this.#input(() => this.#core.down())
      },
      refused: (error) => this.#end('refused', error),
      received: (event, payload) => this.#onMessage(event, payload),
    })
    if (options.begin && options.afterSeq === undefined) void this.#begin(options.begin)
  }

  /** An older service has no keyframes, and one that can't be asked now may as well be asked for events. */
  async #begin({ onKeyframe }: Beginning): Promise<void> {
    const answer = await this.#api.getKeyframe(this.options.sessionId).catch(() => null)
    if (this.#ending) return
    const keyframe = answer?.keyframe ?? null
    let throughSeq = 0 as number
    callSafely(() => {
      if (keyframe !== null && onKeyframe(keyframe)) throughSeq = keyframe.throughSeq
    })
    this.#historyEndSeq = throughSeq
    this.#input(() => this.#core.begin(throughSeq))
  }

  get status(): WatcherStatus {
    const { epoch, lastSeq, headSeq, committedSeq } = this.#core
    const error = this.#ending ? this.#ending.error : this.#error
    return { state: this.#state, epoch, lastSeq, headSeq, committedSeq, ...(error && { error }) }
  }

  get headSeq(): number {
    return this.#core.headSeq
  }

  whenCaughtUp(): Promise<void> {
    const promise = this.#caughtUp.wait(0)
    this.#settle()
    return promise
  }

  stop(): void {
    this.#end('stopped', null)
  }

  annotate(note: Note): Promise<void> {
    return this.#act('annotate', note)
  }

  message(text: string, once?: { id: string }): Promise<void> {
    return this.#act('message', { ...once, text })
  }

  extend(bySec: number, once?: { id: string }): Promise<void> {
    return this.#act('extend', { ...once, bySec })
  }

  end(): Promise<void> {
    return this.#act('end', {})
  }

  get #state(): WatcherState {
    if (this.#ending) return this.#ending.state
    const { state, isCaughtUp } = this.#core
    if (state === 'following') return isCaughtUp ? 'watching' : 'catching-up'
    return this.#wasFollowing ? 'reconnecting' : 'connecting'
  }

  #act(verb: string, request: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#link.ask<Done>(
        verb,
        [{ ...request, sessionId: this.options.sessionId }],
        (answer) => {
          if (answer.ok) resolve()
          else reject(remoteError(answer))
        },
        () => reject(new ExplainedError('UNREACHABLE', `There was no connection to answer to ${verb}.`)),
      )
    })
  }

  #input(feed: () => void): void {
    feed()
    this.#pump()
  }

  #pump(): void {
    if (this.#ending) return
    for (const effect of this.#core.poll(this.env.nowMs())) this.#perform(effect)
    if (this.#ending) return // the page's own handler may have stopped it
    this.#wasFollowing ||= this.#core.state === 'following'
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const { wakeAtMs } = this.#core
    if (wakeAtMs < Number.POSITIVE_INFINITY) {
      this.#cancelTimer = this.env.after(Math.max(0, wakeAtMs - this.env.nowMs()), () => this.#pump())
    }
    this.#settle()
    this.#tellStatus()
  }

  #perform(effect: WatchEffect): void {
    switch (effect.do) {
      case 'watch':
        this.#watch()
        break
      case 'fetch':
        this.#fetch(effect.id, effect.afterSeq)
        break
      case 'deliver':
        if (!this.#ending) callSafely(() => this.options.onEvents(effect.events))
        break
      case 'reset':
        this.#historyEndSeq = Math.min(this.#historyEndSeq, effect.keptThroughSeq)
        this.#history.endAt(effect.keptThroughSeq)
        if (!this.#ending) callSafely(() => this.options.onReset?.(effect.keptThroughSeq))
        break
    }
  }

  #watch(): void {
    this.#link.ask<WatchAnswer>('watch', [{ sessionId: this.options.sessionId }], (answer) => {
      this.#input(() => {
        if (answer.ok) {
          this.#error = null
          this.#core.watched(this.env.nowMs(), answer)
          this.#onPresence(answer.presence)
        } else if (!this.#link.handle(answer)) {
          this.#trouble(answer)
          this.#core.notWatched(this.env.nowMs())
        }
      })
    })
  }

  #fetch(id: number, afterSeq: number): void {
    const limit = this.#historyEndSeq > 0 ? PAGE_BEHIND_KEYFRAME : PAGE_EVENTS
    this.#api.getEvents(this.options.sessionId, { afterSeq, limit }).then(
      (page) => this.#input(() => this.#core.page(this.env.nowMs(), id, page)),
      (error: RecorderError) =>
        this.#input(() => {
          if (this.#ending || this.#link.handle(error)) return
          this.#trouble(error)
          this.#core.pageFailed(this.env.nowMs(), id)
        }),
    )
  }

  #onMessage(event: string, payload: unknown): void {
    const { sessionId } = payload as { sessionId?: string }
    if (sessionId !== this.options.sessionId) return
    if (event === 'events') this.#input(() => this.#core.live(this.env.nowMs(), payload as LiveEvents))
    else if (event === 'presence') {
      this.#input(() => this.#core.presence(this.env.nowMs(), payload as Presence))
      this.#onPresence(payload as Presence)
    }
  }

  #onPresence(presence: Presence): void {
    if (!this.#ending) callSafely(() => this.options.onPresence?.(presence))
  }

  #trouble({ code, message }: { code: ErrorCode; message: string }): void {
    if (this.#ending) return
    this.#error = { code, message }
    callSafely(() => this.options.onError?.({ code, message }))
  }

  #end(state: 'refused' | 'stopped', error: { code: ErrorCode; message: string } | null): void {
    if (this.#ending) return
    if (error) this.#trouble(error)
    this.#ending = { state, error }
    this.#core.end()
    this.#cancelTimer?.()
    this.#link.stop()
    this.#history.stop()
    this.#settle()
    this.#tellStatus()
  }

  #settle(): void {
    if (this.#core.isCaughtUp) {
      this.#caughtUp.reached(0)
      this.#history.start(this.#historyEndSeq)
    }
    const { error } = this.#ending ?? {}
    if (error) this.#caughtUp.fail(() => remoteError(error))
    else if (this.#ending)
      this.#caughtUp.fail(() => new ExplainedError('RECORDER_CLOSED', 'The watcher was stopped.'))
  }

  #tellStatus(): void {
    const { status } = this
    const before = this.#toldStatus
    const keys = Object.keys({ ...before, ...status }) as (keyof WatcherStatus)[]
    if (keys.every((key) => before[key] === status[key])) return
    this.#toldStatus = status
    callSafely(() => this.options.onStatus?.(status))
  }
}
