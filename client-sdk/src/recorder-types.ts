import type { RejectedEvent, Welcome } from '../../protocol/batch.js'
import type { ErrorCode } from '../../protocol/errors.js'
import type { ControlMessage, ProctorMessage } from '../../protocol/socket-events.js'
import type { TransportOptions } from './link.js'
import type { OpenOutbox, Outbox, OutboxEntry, StorageState } from './outbox.js'
import type { EventContent } from './split-event.js'
import type { TokenSource } from './token.js'

export interface RecorderOptions {
  /** Where the recorder service is, for example `https://recorder.example.com`. */
  url: string
  /** A candidate's or a service's token; a function is asked at the start and whenever the last one expired. */
  token: TokenSource
  /** Needed only where the token opens several sessions. */
  sessionId?: string
  /** Names this writer within the session; a new one for each page load. Default: a random UUID. */
  sourceId?: string
  /**
   * Where events are kept beyond the page until they are committed. Default: durableOutbox() in a browser; none elsewhere, and
   * with the entry point `/recorder`: they wait in the recorder's own memory alone.
   */
  outbox?: Outbox | OpenOutbox
  /**
   * What an earlier life of this sourceId left in its outbox (`readAll`). A recorder with it sends that and takes no events of its
   * own, since each page load is a source of its own [R11]: `close({ waitFor: 'committed' })` says when it is done.
   */
  restored?: readonly OutboxEntry[]
  /** After a first event that leaves at once, the following ones are gathered so long. Default: 50. */
  gatherMs?: number
  /** Beyond this much uncommitted JSON events are counted instead of kept. Default: 64 MiB. */
  maxBufferedBytes?: number
  /**
   * Of so many keystrokes one is recorded until the service has said the session's own rate; 1: all. Each kept one
   * says for how many it stands. Default: 10.
   */
  keystrokeSampling?: number
  /** Passed to socket.io-client. */
  transportOptions?: TransportOptions
  /**
   * Asked for each batch that is sent to a service with tracing: where it belongs in a trace of the page's own, as W3C Trace
   * Context writes it. Default: nowhere.
   */
  traceparent?: () => string | undefined
}

export interface RecordableEvent extends EventContent {
  /** Epoch ms in server time, for events that happened earlier. Default: now. */
  timestamp?: number
}

/**
 * - connecting: not connected yet since the recorder was made
 * - recording: connected, and the service takes what is recorded
 * - offline: the connection is lost and tried again; events are kept
 * - lagging: connected, but the service has not taken the oldest event for some seconds
 * - superseded: a newer connection of the same source took over
 * - closed: the session was closed, or `close()` was called
 * - refused: the service will not have this recorder; `error` says why
 */
export type RecorderState =
  | 'connecting'
  | 'recording'
  | 'offline'
  | 'lagging'
  | 'superseded'
  | 'closed'
  | 'refused'

export interface RecorderStatus {
  state: RecorderState
  /** The last source seq given out. */
  recordedSeq: number
  /** Everything up to here is with the service, and survives a crash of any of its processes. */
  receivedSeq: number
  /** Everything up to here is in the database: saved. */
  committedSeq: number
  /** Timestamp of the newest saved event, in server time. */
  savedUpToMs: number | null
  /** Null before the first welcome. */
  epoch: number | null
  /** What last went wrong, until it is over. */
  error?: { code: ErrorCode; message: string }
  /** Events that the service did not keep as they were; the newest 100. */
  rejected: readonly RejectedEvent[]
  /** Events that could not be kept because maxBufferedBytes was reached; the recording tells as well. */
  notKept: number
  /** `pause()` was called: nothing is recorded until `resume()`. */
  isPaused: boolean
  /** How the outbox is: whether what is not saved yet would outlive this page. */
  storage: StorageState
}

/** Why what adapters have told of editors and terminals no longer holds. */
export interface Resync {
  reason: 'resumed' | 'not_kept'
}

export interface RecorderEvents {
  status: RecorderStatus
  rejected: RejectedEvent[]
  message: ProctorMessage
  control: ControlMessage
  welcome: Welcome
  /** The service has not taken the oldest event for some seconds; told once each time. */
  lagging: RecorderStatus
  /** Uncommitted events can't be kept beyond this page; told once each time. */
  'storage-failed': RecorderStatus
  /** Events were left out, by a pause or for want of room: adapters tell the whole state of what they watch again. */
  resync: Resync
}

export interface CloseOptions {
  /** What to wait for before the connection is closed. Default: received. */
  waitFor?: 'received' | 'committed' | 'nothing'
  /** Default: 10,000; for `committed`, which comes ten seconds later unless the service is set otherwise, 30,000. */
  timeoutMs?: number
}

export interface Recorder {
  readonly sourceId: string
  readonly status: RecorderStatus
  /**
   * Takes one event; never waits, never fails because of the network. While it is paused, and when the recorder has stopped
   * for good (state `closed`, `refused` or `superseded`), nothing is kept. A long text is cut into several events [R7].
   * Of `keystroke` events only some are kept.
   * @returns the source seq of the event, the last one where it was cut; 0 where maxBufferedBytes is reached. For a
   *   keystroke that is left out, that of the event before it.
   * @throws RecorderError EVENT_INVALID, EVENT_TOO_DEEP or EVENT_TIMESTAMP_INVALID for what is not JSON,
   *   RECORDER_CLOSED after close()
   */
  record(event: RecordableEvent): number
  /**
   * Records nothing until `resume()`, for a break that the candidate was promised. The recording says that there was one
   * (`custom:recording_paused`, `custom:recording_resumed`), since when, and why, in the words given here.
   */
  pause(reason?: string): void
  resume(): void
  /**
   * Resolves when everything up to `seq` (default: everything recorded so far) is with the service.
   * Rejects with a RecorderError when the recorder stops for good before.
   */
  whenReceived(seq?: number): Promise<void>
  /** Like whenReceived, for what is in the database. */
  whenCommitted(seq?: number): Promise<void>
  /**
   * Takes no more events, waits, and closes the connection in any case.
   * Rejects with TIMED_OUT, or with the reason for which the recorder stopped, when the wait was in vain.
   * What was not committed stays in the outbox.
   */
  close(options?: CloseOptions): Promise<void>
  /** @returns a function that removes the handler. */
  on<E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void): () => void
}

/** What an adapter needs of a recorder. */
export type EventRecorder = Pick<Recorder, 'record' | 'on'>
