import type { RedisClient } from '../redis.js'
import type { BufferKeyspace } from './keys.js'

// What goes into the buffer and what comes out of it.

export interface FlushDue {
  /** A session with uncommitted events is due after so long… */
  dueAfterMs: number
  /** …or as soon as it has so many. */
  dueEvents: number
}

export interface BufferOptions extends BufferKeyspace, FlushDue {
  redis: RedisClient
}

/** In the place of a fence: what is appended to a closed session by the service itself is no late event [R5]. */
export const PAST_THE_SEAL = -1

/** A batch of one source, its events rendered as lines (event-line.ts) joined by newlines. */
export interface BufferedAppend {
  sessionId: string
  epoch: number
  source: number
  /** The fence given at admission, 0 for a writer that has no connection to be fenced, {@link PAST_THE_SEAL} for a repair. */
  fence: number
  firstSeq: number
  count: number
  firstTimestampMs: number
  lastTimestampMs: number
  lines: string
}

export type AppendResult =
  | {
      kind: 'ok'
      receivedSeq: number
      committedSeq: number
      /** The session seq of the first event that was new, and how many before it were not. */
      firstSessionSeq: number
      skipped: number
      watchedUntilMs: number
      backlogEvents: number
      late: boolean
    }
  /** The buffer does not know the session or the source: admit it (again). */
  | { kind: 'unknown' }
  | { kind: 'epoch'; epoch: number }
  | { kind: 'superseded' }
  | { kind: 'gap'; expectedSeq: number }
  | { kind: 'closed' }

export interface Admission {
  epoch: number
  receivedSeq: number
  committedSeq: number
  fence: number
  /** The timestamp of the source's last event, or null where none is known. */
  lastTimestampMs: number | null
  /** Of so many keystrokes the session wants one; null where it is not known. */
  keystrokeSampling: number | null
}

export interface EpochStart {
  sessionId: string
  epoch: number
  committedSeq: number
  sealedMs: number | null
  graceUntilMs: number | null
  keystrokeSampling: number
  sources: { source: number; identity: string; committedSeq: number }[]
}

export interface TrimRequest {
  sessionId: string
  epoch: number
  committedSeq: number
  /** The session seq of the first batch that is to stay. */
  keepFromSeq: number
  committedBytes: number
  sources: { source: number; committedSeq: number }[]
  /** There was more than was read: what is left stays due. */
  moreIsDue: boolean
}

export type TrimResult =
  | { kind: 'ok'; eventsLeft: number }
  /** The buffer is in another epoch; nothing was removed. */
  | { kind: 'epoch' }
  /** What the buffer has promised and what is committed don't fit together: a new epoch has to tell [R3]. */
  | { kind: 'inconsistent' }

/** What the buffer knows about a session, as its fields stand in Redis. */
export interface BufferMeta {
  epoch: number
  runId: string
  headSeq: number
  committedSeq: number
  bytes: number
  lastEventMs: number | null
  sealedMs: number | null
  graceUntilMs: number | null
  watchedUntilMs: number
  /** When the last lease of a recorder's connection runs out; 0 where there is none. */
  onlineUntilMs: number
  /** All fields, for those who keep their own: presence, sources, holes. */
  fields: Record<string, string>
}

/** Read without the fields of all sources, of which there may be thousands: `fields` has those that were asked for. */
export type BufferHead = Omit<BufferMeta, 'onlineUntilMs'>

export interface BufferedBatch {
  /** The session seq that was promised to its first event. */
  firstSeq: number
  source: number
  firstSourceSeq: number
  count: number
  receivedAtMs: number
  late: boolean
  /** Of the format of its lines [R18]. What stands beside them means the same in every version. */
  version: number
  /** Without those that an earlier batch already brought. */
  lines: string[]
  bytes: number
}
