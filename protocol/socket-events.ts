import type { BatchAck, SourceWatermarks, Welcome } from './batch.js'
import type { ErrorCode } from './errors.js'
import type { DeliveredEvent } from './events.js'
import type { Receipt } from './http/receipts.js'
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
  /** The close is complete. */
  | { kind: 'receipt'; receipt: Receipt }
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
  /** Who they are: the `sub` of their tokens, each once, at most {@link MAX_WATCHER_NAMES}. */
  watchedBy: string[]
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
  /** What is committed so far, as of some seconds ago; null until it was counted. */
  facts: SessionFacts | null
  /**
   * In the answer to `lobby` alone: how many events came in each of the last {@link RECENT_STRETCHES} stretches of
   * {@link RECENT_STRETCH_MS}, the current one last.
   */
  recent?: number[]
}

export const RECENT_STRETCHES = 60
export const RECENT_STRETCH_MS = 10_000

/** What a proctor may want to look at, in numbers. */
export interface SessionFacts {
  /** Of the last run of tests; null before the first. */
  tests: TestTally | null
  /** Questions to the assistant. */
  aiPrompts: number
  /** Pastes that are long enough to be checkpoints, and the longest of them in characters. */
  longPastes: number
  longestPasteChars: number
  /** How often the tab was left, and since when it is; null while it is there. */
  tabAwayCount: number
  tabAwaySinceMs: number | null
  /** How often the session was seen open a second time. */
  secondTabs: number
  /** Events that could not be kept. */
  losses: number
}

export interface TestTally {
  passed: number
  failed: number
}

/** What is being typed and run, small enough for a card: at most {@link MAX_PREVIEW_BYTES} of JSON. */
export interface SessionPreview {
  sessionId: string
  /** Of the last event that it shows. */
  seq: number
  code: CodeExcerpt | null
  command: PreviewedCommand | null
  /** Of the last run; null before the first. */
  tests: TestTally | null
  /** Its files are more than the service keeps for a preview: what is null here is not known. */
  isTooLarge?: true
}

/** Some lines around the caret, as they are: whoever shows them has to expect anything in them. */
export interface CodeExcerpt {
  /** Cut at its beginning where it is long. */
  path: string
  language: string | null
  /** Of the first of the lines, from 1. */
  firstLine: number
  /** How many UTF-16 units of each line are left out before the text. */
  fromColumn: number
  lines: { text: string; isCut: boolean }[]
  /** Where the caret is: an index of `lines`, and UTF-16 units into its text. Null where it was not told. */
  caret: { line: number; column: number } | null
}

export interface PreviewedCommand {
  /** Cut at its end where it is long. */
  text: string
  /** Null where it was not told, or nothing came back yet. */
  exitCode: number | null
  isDone: boolean
}

export const MAX_WATCHER_NAMES = 20
/** Of one socket at a time. */
export const MAX_PREVIEWS = 100
export const MAX_PREVIEW_BYTES = 16_384

export type LobbyAnswer = { ok: true; sessions: SessionSummary[] } | Refusal

export interface ProctorToServer {
  watch: (request: { sessionId: string }, ack: (answer: WatchAnswer) => void) => void
  unwatch: (request: { sessionId: string }, ack: (answer: Done) => void) => void
  lobby: (ack: (answer: LobbyAnswer) => void) => void
  /** All sessions that this socket wants to see previews of; those of before are forgotten. */
  preview: (request: { sessionIds: string[] }, ack: (answer: Done) => void) => void
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
  previews: (push: { previews: SessionPreview[] }) => void
}
