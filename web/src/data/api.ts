import type { ErrorCode } from '../../../protocol/errors.js'
import type { AnnotationView, RedactionView } from '../../../protocol/http/index.js'
import type { ArchiveState, SessionStatus } from '../../../protocol/session.js'

/** What the console shows of a session's row. */
export interface SessionDetails {
  id: string
  candidateId: string
  status: SessionStatus
  questionTitle: string | null
  language: string | null
  timeLimitSec: number | null
  startTimeMs: number
  endTimeMs: number | null
  eventCount: number
  archive: ArchiveState
  archiveBytes: number | null
}

/** A session as the list has it. */
export interface ListedSession extends SessionDetails {
  /** null: nothing was counted yet. */
  counts: { testsPassed: number; testsFailed: number; aiPrompts: number } | null
}

/** A remark about a moment of an interview. */
export interface NewNote {
  /** Names it, so that it counts once though it is sent twice. */
  id: string
  kind: 'note' | 'flag'
  text: string
  /** Epoch ms, the service's time; absent: now. */
  atMs?: number
}

/** So many redactions are shown; who wants to know all of them asks the service. */
export const MAX_REDACTIONS = 200

export interface ConsoleApi {
  session(sessionId: string): Promise<SessionDetails>
  /** Closed sessions, newest first; `cursor` as the page before gave it. */
  recorded(cursor: string | null): Promise<{ sessions: ListedSession[]; nextCursor: string | null }>
  /** Notes, flags and ratings as they stand. */
  annotations(sessionId: string): Promise<AnnotationView[]>
  /** What was taken out of a recording, oldest first; of more than {@link MAX_REDACTIONS} no more than tell so. */
  redactions(sessionId: string): Promise<RedactionView[]>
  /** Adds a note; while the interview goes on, all who watch have it at once. */
  annotate(sessionId: string, note: NewNote): Promise<unknown>
  /** Rates a turn of the chat 1–5; null takes the rating away. */
  rate(sessionId: string, seq: number, value: number | null): Promise<unknown>
}

/** The code of an error that the service answered with; null for one of the network. */
export function codeOf(error: unknown): ErrorCode | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? (code as ErrorCode) : null
}
