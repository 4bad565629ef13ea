import type { RecordedEvent, SentEvent } from '../../protocol/events.js'
import type {
  AccessLogView,
  AnnotationListView,
  AnnotationView,
  ChatView,
  ClaudeInteractionPage,
  ClaudeInteractionView,
  ClosedSessionView,
  CloseSessionBody,
  CodeSnapshotPage,
  CodeSnapshotView,
  ComparedSessionsView,
  CreatedSessionView,
  CreateRedactionBody,
  CreateSessionBody,
  ErasureView,
  ExplanationView,
  ExportFormat,
  PostedEventsView,
  QuarantinedEventView,
  QuarantineView,
  RatedTurnView,
  Receipt,
  RedactionListView,
  RedactionView,
  SegmentEventsView,
  SessionDetailView,
  SessionListView,
  SessionOverviewView,
  SessionSeries,
  SessionStats,
  SessionTimeline,
  StatisticsView,
  TestResultPage,
  TestResultView,
} from '../../protocol/http/index.js'
import type { SessionStatus } from '../../protocol/session.js'
import type { CallerOptions } from './caller.js'
import type { TokenSource } from './token.js'

export interface ApiOptions extends CallerOptions {
  token: TokenSource
}

export interface ListSessionsQuery {
  status?: SessionStatus
  candidateId?: string
  limit?: number
  /** nextCursor of the page before. */
  cursor?: string
}

export interface EventsQuery {
  /** Default: 0. */
  afterSeq?: number
  /** Events per page; default 1000, at most 5000. */
  limit?: number
  types?: readonly string[]
  fromMs?: number
  toMs?: number
}

export interface EventsPage {
  epoch: number
  events: RecordedEvent[]
  /** afterSeq of the next page; null at the end of what there is now. */
  nextAfterSeq: number | null
}

/** What a session that goes on had come to with its first events; docs/protocol.md says how it is gone on from. */
export interface SessionKeyframe {
  /** Of its shape. */
  version: number
  /** The events up to here are in it. All of them are committed. */
  throughSeq: number
  /** With `atSeq` the place in the order of replay up to which they are in `fold`. */
  atMs: number
  atSeq: number
  fold: object
  /** Those beyond that place, in the order of replay. */
  events: RecordedEvent[]
}

export interface PostEvents {
  /** Names the writer; with firstSeq it makes the request safe to repeat [R10]. */
  source: string
  /** The first event's number within its source, which counts 1, 2, 3… */
  firstSeq: number
  events: readonly SentEvent[]
}

/** Of `ndjson` only events behind `afterSeq`; of `git` the name of the author. */
export interface ExportQuery {
  afterSeq?: number
  author?: string
}

export interface OnceOption {
  /** 1 to 100 printable ASCII characters: a call under the same key changes nothing more. Default: one of its own. */
  idempotencyKey?: string
}

export interface PageQuery {
  /** Default: 0. */
  afterSeq?: number
  /** Rows per page; default 200, at most 1000. A page may be shorter. */
  limit?: number
}

/** Of GET /v1/stats/sessions. */
export interface ComparedSessionsQuery
  extends Pick<StatisticsQuery, 'question' | 'status' | 'fromMs' | 'toMs'> {
  /** The range: from here on. */
  atLeast?: number
  /** To there, which is not in it. */
  below?: number
  /** Sessions per page; default 50, at most 200. */
  limit?: number
  /** `nextCursor` of the page before. */
  cursor?: string
}

/** Of GET /v1/stats. `fromMs` and `toMs` bound the sessions' starts. */
export interface StatisticsQuery {
  /** A question's id, or its title where it has none. */
  question?: string
  status?: SessionStatus
  fromMs?: number
  toMs?: number
  groupBy?: 'question' | 'day'
  /** Adds where this session stands among them. */
  sessionId?: string
}

/**
 * The service's HTTP API. Each call rejects with a RecorderError that carries the service's code; UNREACHABLE
 * where none came. All requests may be repeated safely, and are, on TRY_LATER, RATE_LIMITED and without an answer.
 */
export interface SessionApi {
  /** One recording per candidate: a second call for the same candidateId answers with the first. */
  createSession(session: CreateSessionBody): Promise<CreatedSessionView>
  getSession(sessionId: string): Promise<SessionDetailView>
  listSessions(query?: ListSessionsQuery): Promise<SessionListView>
  /** Answers with the receipt once all is committed; without it the close goes on by itself. */
  closeSession(sessionId: string, body?: CloseSessionBody): Promise<ClosedSessionView>
  /** Says, signed, through which event the session is recorded. */
  getReceipt(sessionId: string): Promise<Receipt>
  /** A new token for a session, default for its candidate. */
  createToken(
    sessionId: string,
    body?: { role?: 'candidate' | 'proctor'; sub?: string; expiresInSec?: number },
  ): Promise<{ token: string }>

  /** One page. */
  getEvents(sessionId: string, query?: EventsQuery): Promise<EventsPage>
  /** All events there are now, page by page. */
  iterateEvents(sessionId: string, query?: EventsQuery): AsyncGenerator<RecordedEvent, void, undefined>
  /** Resolves once received; with `wait: 'committed'` once committed, or after 15 s with what was by then. */
  postEvents(
    sessionId: string,
    batch: PostEvents,
    options?: { wait?: 'committed' },
  ): Promise<PostedEventsView>

  /** One page of the AI chat's turns, as recorded and rated. */
  getClaudeInteractions(sessionId: string, query?: PageQuery): Promise<ClaudeInteractionPage>
  iterateClaudeInteractions(sessionId: string): AsyncGenerator<ClaudeInteractionView, void, undefined>
  /** One page of the files' texts, each where it had changed. */
  getCodeSnapshots(sessionId: string, query?: PageQuery): Promise<CodeSnapshotPage>
  iterateCodeSnapshots(sessionId: string): AsyncGenerator<CodeSnapshotView, void, undefined>
  /** One page of test results. */
  getTestResults(sessionId: string, query?: PageQuery): Promise<TestResultPage>
  iterateTestResults(sessionId: string): AsyncGenerator<TestResultView, void, undefined>

  /** Everything on the screen at a moment; default: the latest. */
  getState(sessionId: string, atMs?: number): Promise<Record<string, unknown> & { atMs: number; seq: number }>
  /** Duration, checkpoints, density, idle gaps and segments. `buckets`: about how many the density has, default 600. */
  getTimeline(sessionId: string, query?: { buckets?: number }): Promise<SessionTimeline>
  /** What a player must know of a recording before it has any of its events, and how to load the rest of it. */
  getOverview(sessionId: string): Promise<SessionOverviewView>
  /**
   * Keyframes as the archive has them, gzipped; `range` in bytes of that, such as a run of the overview names. Rejects with
   * KEYFRAMES_NOT_FOUND where the session is not archived.
   */
  getKeyframes(
    sessionId: string,
    range?: { offset: number; length: number },
  ): Promise<ReadableStream<Uint8Array>>
  /** What a session that goes on had come to some events ago, to join it quickly; null where there is nothing such. */
  getKeyframe(sessionId: string): Promise<{ keyframe: SessionKeyframe | null }>
  /** The events of one segment of the timeline, `n` from 0. */
  getSegment(sessionId: string, n: number): Promise<SegmentEventsView>

  /** `recompute` computes from the first event on, whatever is stored. */
  getStats(sessionId: string, query?: { recompute?: boolean }): Promise<SessionStats>
  /** What of the statistics has a place in time. `buckets`: how many the growth of the code has at most, default 300. */
  getSeries(sessionId: string, query?: { buckets?: number }): Promise<SessionSeries>
  /** The events behind a number of the statistics, a page at a time; `filePath` for one of a file. */
  explainStat(
    sessionId: string,
    metric: string,
    query?: PageQuery & { filePath?: string },
  ): Promise<ExplanationView>
  /** The numbers of many sessions side by side. */
  getStatistics(query?: StatisticsQuery): Promise<StatisticsView>
  /** The compared sessions whose number lies in a range, by it; `metric` is its name in the statistics. */
  getComparedSessions(metric: string, query?: ComparedSessionsQuery): Promise<ComparedSessionsView>

  /** Notes and flags, and how turns were rated; the newest version of each unless `history` is asked for. */
  getAnnotations(
    sessionId: string,
    query?: { history?: boolean; after?: string; limit?: number },
  ): Promise<AnnotationListView>
  iterateAnnotations(sessionId: string): AsyncGenerator<AnnotationView, void, undefined>
  /** `atMs`: the moment it is about, epoch ms; default: now. */
  createAnnotation(
    sessionId: string,
    note: { kind: 'note' | 'flag'; text: string; atMs?: number; targetSeq?: number },
    options?: OnceOption,
  ): Promise<AnnotationView>
  changeAnnotation(
    sessionId: string,
    annotationId: string,
    change: { kind?: 'note' | 'flag'; text?: string },
  ): Promise<AnnotationView>
  /** Takes it away; its versions stay. */
  deleteAnnotation(sessionId: string, annotationId: string): Promise<void>
  /** Rates a turn of the AI chat 1–5, or takes the rating away. */
  rateInteraction(sessionId: string, seq: number, promptQuality: number | null): Promise<RatedTurnView>

  /** Asks the assistant on behalf of the candidate; both sides are recorded. */
  chat(sessionId: string, message: string, options?: OnceOption): Promise<ChatView>

  /** The recording as a file, as it comes in. */
  exportSession(
    sessionId: string,
    format: ExportFormat,
    query?: ExportQuery,
  ): Promise<ReadableStream<Uint8Array>>
  /** As {@link exportSession}, all in memory. */
  exportText(sessionId: string, format: ExportFormat, query?: ExportQuery): Promise<string>

  /**
   * Masks a text wherever it stands, or all texts of a range of events. Where the first answer was lost and the request
   * sent again, the second record finds nothing more; `getRedactions` has both.
   */
  createRedaction(sessionId: string, redaction: CreateRedactionBody): Promise<RedactionView>
  getRedactions(sessionId: string, query?: { afterId?: string; limit?: number }): Promise<RedactionListView>
  /** What the database refused, of one session or (null) of all, the oldest first. */
  getQuarantine(
    sessionId: string | null,
    query?: { state?: 'set aside'; afterId?: number; limit?: number },
  ): Promise<QuarantineView>
  /** Puts an event back that was refused, after what refused it was mended. Rejects with STILL_REFUSED otherwise. */
  replayQuarantined(sessionId: string, seq: number): Promise<QuarantinedEventView>
  /** Erases all there is of the session. `erased: false`: a store is away, and the rest goes by itself. */
  deleteSession(sessionId: string): Promise<ErasureView>
  /** Who watched or read what, the oldest first. */
  getAccessLog(sessionId: string, query?: { afterId?: number; limit?: number }): Promise<AccessLogView>
}
