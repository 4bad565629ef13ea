import type { ErrorCode } from './errors.js'
import type { SentEvent } from './events.js'
import type { WireLimits } from './limits.js'

/** Consecutive events of one source, numbered firstSeq, firstSeq + 1, … */
export interface EventBatch {
  firstSeq: number
  events: SentEvent[]
  /** Where it belongs in a trace of the sender's, as W3C Trace Context writes it; it may be left out, and is not recorded. */
  traceparent?: string
}

/** How far a source's events have come. Both are source seqs; committed ≤ received. */
export interface SourceWatermarks {
  receivedSeq: number
  committedSeq: number
}

/** An event of a readable batch that was not kept; its seq holds a `rejected` event instead [R5]. */
export interface RejectedEvent {
  sourceSeq: number
  code: ErrorCode
  message: string
}

export type BatchAck =
  | ({ ok: true; retryAfterMs?: number; rejected?: RejectedEvent[] } & SourceWatermarks)
  | { ok: false; code: ErrorCode; message: string; expectedSeq?: number; retryAfterMs?: number }

/** What the server says when a source has connected, and again at every new epoch [R3]. */
export interface Welcome extends SourceWatermarks {
  sessionId: string
  epoch: number
  serverTimeMs: number
  limits: WireLimits
  /** Of so many keystrokes the session wants one. */
  sampling?: { keystroke: number }
  /** Batches may have a `traceparent`. */
  traced?: true
}
