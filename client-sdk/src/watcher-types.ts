import type { ErrorCode } from '../../protocol/errors.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { Presence } from '../../protocol/socket-events.js'
import type { SessionKeyframe } from './api-types.js'
import type { TransportOptions } from './link.js'
import type { TokenSource } from './token.js'

/**
 * - connecting: not in the session's room yet
 * - catching-up: in the room, and reading what it has missed
 * - watching: everything that the session is known to have was delivered
 * - reconnecting: the connection is lost and tried again
 * - refused: the service will not have this watcher, or the session is not there; `error` says why
 * - stopped: `stop()` was called
 */
export type WatcherState = 'connecting' | 'catching-up' | 'watching' | 'reconnecting' | 'refused' | 'stopped'

export interface WatcherStatus {
  state: WatcherState
  /** Null before the first answer. */
  epoch: number | null
  /** Delivered up to here. */
  lastSeq: number
  /** The session is known to have events up to here. */
  headSeq: number
  /** Final up to here, whatever epoch comes. */
  committedSeq: number
  /** What last went wrong, until it is over. */
  error?: { code: ErrorCode; message: string }
}

export interface WatcherOptions {
  url: string
  /** A proctor's or a service's token. */
  token: TokenSource
  sessionId: string
  /** Deliver what comes behind this seq; one that is committed, or it may be from an epoch that is gone. Default: 0. */
  afterSeq?: number
  /** Begin with a keyframe, and not with the first event; see {@link Beginning}. Not together with `afterSeq`. */
  begin?: Beginning
  /** Each event once, in seq order, without a hole. */
  onEvents(events: RecordedEvent[]): void
  /** A new epoch: forget the events above; what is in their place now follows. */
  onReset?(keptThroughSeq: number): void
  onPresence?(presence: Presence): void
  onStatus?(status: WatcherStatus): void
  /** Trouble that it recovers from, and the refusal that ends it. */
  onError?(error: { code: ErrorCode; message: string }): void
  transportOptions?: TransportOptions
}

/**
 * For who shows a session's state and can go on from a keyframe: it comes first, where the service has one, and `onEvents`
 * goes on behind it. What happened before comes afterwards, in the background.
 */
export interface Beginning {
  /** Called at most once, before any event. False: it can't be used, and `onEvents` begins with the first event. */
  onKeyframe(keyframe: SessionKeyframe): boolean
  /** The events up to the keyframe's `throughSeq`, in seq order, without a hole. */
  onHistory(events: RecordedEvent[]): void
}

export interface Note {
  kind: 'note' | 'flag'
  text: string
  atMs?: number
  targetSeq?: number
  id?: string
}

export interface Watcher {
  readonly status: WatcherStatus
  readonly headSeq: number
  /** Resolves once everything that the session is known to have was delivered; rejects when it stops before. */
  whenCaughtUp(): Promise<void>
  stop(): void

  // What a proctor does to the session; each rejects with the code of a refusal, UNREACHABLE without a connection.
  // Under an `id` of the caller's own (1 to 100 printable ASCII characters) it may be done again and counts once.
  /** `atMs` in server time; default: now. `targetSeq`: the event it is about. */
  annotate(note: Note): Promise<void>
  message(text: string, once?: { id: string }): Promise<void>
  extend(bySec: number, once?: { id: string }): Promise<void>
  end(): Promise<void>
}
