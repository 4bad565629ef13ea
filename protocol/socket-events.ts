import type { BatchAck, SourceWatermarks, Welcome } from './batch.js'
import type { ErrorCode } from './errors.js'
import type { DeliveredEvent } from './events.js'
import type { SessionStatus } from './session.js'

export const CANDIDATE_NAMESPACE = '/candidate'
export const PROCTOR_NAMESPACE = '/proctor'

/** `auth` of a /candidate handshake. `sessionId` is needed only where the token opens several sessions. */
export interface CandidateAuth {
  token: string
  sourceId: string
  protocol: number
  sessionId?: string
  /** The same for all pages of one browser. */
  device?: string
  /** Whether it sends what an earlier page load left, and records nothing itself. */
  heir?: true
}

/** `auth` of a /proctor handshake. */
export interface ProctorAuth {
  token: string
}

export type Refusal = { ok: false; code: ErrorCode; message: string; retryAfterMs?: number }
export type Done = { ok: true } | Refusal

export type ControlMessage =
  | { kind: 'time-extended'; timeLimit: number }
  | { kind: 'time-up' }
  | { kind: 'ended' }
  | { kind: 'superseded' }
  | { kind: 'token'; token: string }

/** Shown to the candidate. */
export interface ProctorMessage {
  text: string
  author: string
  atMs: number
}

export interface CandidateToServer {
  batch: (batch: unknown, ack: (answer: BatchAck) => void) => void
  watermark: (ack: (answer: ({ epoch: number } & SourceWatermarks) | Refusal) => void) => void
  clock: (ack: (answer: { serverTimeMs: number }) => void) => void
}

export interface ServerToCandidate {
  welcome: (welcome: Welcome) => void
  message: (message: ProctorMessage) => void
  control: (control: ControlMessage) => void
}

export type CandidatePresence = 'online' | 'idle' | 'offline'

export interface Presence {
  sessionId: string
  epoch: number
  /** The highest seq received; a watcher that has less has missed something. */
  headSeq: number
  /** The highest seq in PostgreSQL: final, whatever epoch comes. */
  committedSeq: number
  candidate: CandidatePresence
  lastEventAtMs: number | null
  watchers: number
}

/** Events with consecutive seqs from firstSeq. */
export interface LiveEvents {
  sessionId: string
  epoch: number
  firstSeq: number
  events: DeliveredEvent[]
}

export type WatchAnswer =
  | { ok: true; epoch: number; headSeq: number; committedSeq: number; presence: Presence }
  | Refusal

/** One card of the wall. */
export interface SessionSummary {
  id: string
  candidateId: string
  status: SessionStatus
  questionTitle: string | null
  language: string | null
  timeLimit: number | null
  startTimeMs: number
  eventCount: number
  candidate: CandidatePresence
  lastEventAtMs: number | null
  watchers: number
}

export type LobbyAnswer = { ok: true; sessions: SessionSummary[] } | Refusal

export interface ProctorToServer {
  watch: (request: { sessionId: string }, ack: (answer: WatchAnswer) => void) => void
  unwatch: (request: { sessionId: string }, ack: (answer: Done) => void) => void
  lobby: (ack: (answer: LobbyAnswer) => void) => void
  annotate: (
    request: {
      sessionId: string
      kind: 'note' | 'flag'
      text: string
      atMs?: number
      targetSeq?: number
      id?: string
    },
    ack: (answer: Done) => void,
  ) => void
  message: (request: { sessionId: string; text: string; id?: string }, ack: (answer: Done) => void) => void
  extend: (request: { sessionId: string; bySec: number; id?: string }, ack: (answer: Done) => void) => void
  end: (request: { sessionId: string }, ack: (answer: Done) => void) => void
}

export interface ServerToProctor {
  events: (live: LiveEvents) => void
  presence: (presence: Presence) => void
  lobby: (push: { sessions: SessionSummary[] }) => void
}
