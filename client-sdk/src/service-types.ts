import type { EventData } from '../../protocol/event-schemas.js'
import type {
  CANDIDATE_EVENT_TYPES,
  CustomEventType,
  PROCTOR_EVENT_TYPES,
} from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type {
  AnnotationView,
  ClaudeInteractionView,
  CodeSnapshotView,
  SessionDetailView,
  SessionStats,
  SessionView,
  TestResultView,
} from '../../protocol/http/index.js'
import type { ApiOptions, SessionApi } from './api-types.js'
import type { Recorded } from './writer-calls.js'

export interface SessionServiceOptions extends Pick<ApiOptions, 'url' | 'token' | 'fetch'> {
  /** How long a call waits for its event to be received or committed before TIMED_OUT. Default: 60,000. */
  timeoutMs?: number
  /** JSON of events that are held until they are committed, of all sessions together. Default: 64 MiB. */
  maxHeldBytes?: number
  /** Of so many keystrokes one is recorded, where the session's own rate is not known yet. Default: 10. */
  keystrokeSampling?: number
}

export interface RecordOptions {
  /** What the call waits for: `received` survives any crash of the service, `committed` is in the database. Default: received. */
  wait?: 'received' | 'committed'
  /** When it happened, epoch ms in server time. Default: now. */
  timestamp?: number
  /**
   * 1 to 100 printable ASCII characters without spaces. For what may be recorded by two processes, or twice by one
   * (a request that its sender repeats): of all calls for a session under one key one event is kept.
   */
  idempotencyKey?: string
  /** Default: the service's timeoutMs. */
  timeoutMs?: number
}

type SendableType = (typeof CANDIDATE_EVENT_TYPES)[number] | (typeof PROCTOR_EVENT_TYPES)[number]

interface EventPlace {
  /** The path of the file it is about. */
  fileId?: string | null
  /** When it happened, epoch ms in server time. Default: now. */
  timestamp?: number
}

/** An event by the vocabulary: its type says what its data has. Of `custom:` events data is any JSON. */
export type SessionEvent =
  | { [T in SendableType]: EventPlace & { type: T; data: EventData<T> } }[SendableType]
  | (EventPlace & { type: CustomEventType; data: unknown; checkpoint?: boolean })

/** The fields of a type's data that have a name; what else is in it is kept too. */
type Named<T extends SendableType> = {
  [K in keyof EventData<T> as string extends K ? never : K extends 'part' ? never : K]: EventData<T>[K]
}

/** One turn of the AI chat. `latency` is ms, `promptQuality` 1–5. */
export type ClaudeInteraction = Named<'ai_interaction'>

/** The whole text of a file as it was saved, or as it was at the time of a test run. */
export interface CodeSnapshot {
  /** The file's path. */
  fileId: string
  /** Its name as shown. */
  fileName: string
  language?: string | null
  content: string
}

/** `duration` is ms. */
export type TestOutcome = Named<'test_result'>

/** All that is known of one session. */
export interface SessionRecording {
  session: SessionDetailView
  events: RecordedEvent[]
  claudeInteractions: ClaudeInteractionView[]
  codeSnapshots: CodeSnapshotView[]
  testResults: TestResultView[]
  /** Notes and flags, and how turns were rated. */
  annotations: AnnotationView[]
}

/**
 * Records sessions from a backend, under one source per process and session. Calls made at once travel in batches,
 * in their order; each resolves for itself. What is not answered is sent again under the same numbers, so nothing is
 * recorded twice. A call rejects with a RecorderError:
 *
 * - an `EVENT_…` code: the service will not have this event; others are not touched by it
 * - TIMED_OUT: the service has not confirmed it yet. It is still held and sent when that is possible; to record it
 *   again would double it (`flush` waits for it)
 * - QUEUE_FULL: it was not taken, as `maxHeldBytes` of others wait
 * - SESSION_CLOSED, SESSION_NOT_FOUND, TOKEN_…: nothing can be recorded in this session any more
 */
export interface SessionService extends Omit<SessionApi, 'closeSession'> {
  recordEvent(sessionId: string, event: SessionEvent, options?: RecordOptions): Promise<Recorded>
  recordClaudeInteraction(
    sessionId: string,
    interaction: ClaudeInteraction,
    options?: RecordOptions,
  ): Promise<Recorded>
  /**
   * @param previousContent what the file held before, to diff against; without it, that is the file's last snapshot.
   *   It is sent only where this process has not just recorded it.
   */
  recordCodeSnapshot(
    sessionId: string,
    snapshot: CodeSnapshot,
    previousContent?: string | null,
    options?: RecordOptions,
  ): Promise<Recorded>
  recordTestResult(sessionId: string, result: TestOutcome, options?: RecordOptions): Promise<Recorded>
  /**
   * Sends what is held of the session, waits up to 16 s until it is committed, then closes it; closing again changes
   * nothing. The answer's `closing` says that the last flush takes longer than the 10 s that are waited for it.
   * Rejects with TIMED_OUT, and leaves it open, where something could not be sent.
   */
  closeSession(
    sessionId: string,
    status?: 'COMPLETED' | 'ABANDONED' | 'ERROR',
    submission?: { finalCode?: unknown; scores?: unknown },
  ): Promise<SessionView>
  /** All of it in memory: of long sessions read pages with `getEvents`, or `iterateEvents`. */
  getSessionRecording(sessionId: string): Promise<SessionRecording>
  getSessionStats(sessionId: string): Promise<SessionStats>
  /** Resolves when all that was recorded so far, in this session or in all, is received, or committed. */
  flush(options?: { sessionId?: string; wait?: 'received' | 'committed'; timeoutMs?: number }): Promise<void>
  /** Takes no more events, flushes, and stops in any case. Rejects with TIMED_OUT where something could not be sent. */
  close(options?: { wait?: 'received' | 'committed'; timeoutMs?: number }): Promise<void>
}
