/** JSON as it comes out of JSON.parse. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** An event as a source sends it. `timestamp` is epoch ms in server time. */
export interface SentEvent {
  type: string
  timestamp: number
  data: unknown
  fileId?: string | null
  checkpoint?: boolean
}

/** What may be remarkable about the keeping of an event, not about its content. */
export type EventFlag =
  /** Its timestamp was more than CLOCK_FAR_MS away from the time it was received [R2]. */
  | 'clock_far'
  /** It arrived after the session was closed, within the grace [R12]. */
  | 'late'

/**
 * An event as it is stored, delivered to watchers, read over HTTP and replayed.
 * `seq` is its place in the session, `source` the small number of its writer, `sourceSeq` its place there.
 */
export interface RecordedEvent {
  seq: number
  type: string
  timestamp: number
  data: unknown
  fileId: string | null
  checkpoint: boolean
  source: number
  sourceSeq: number
  /** The sender's own timestamp, where the stored one had to differ (it fell, or was out of range) [R2]. */
  rawTimestamp?: number
  flags?: EventFlag[]
  /** The seq of a `quarantined` event in whose place it stands: it was repaired [R5]. */
  replaces?: number
  /** With `replaces`: who once sent it, and its place there. */
  original?: { source: number; sourceSeq: number }
}

/** A recorded event whose seq follows from its place in a message. */
export type DeliveredEvent = Omit<RecordedEvent, 'seq'>

/** One writer into a session [R1]. */
export interface SourceInfo {
  source: number
  sourceId: string
  role: Role
  sub: string
  userAgent: string | null
  firstSeenMs: number
  lastSeenMs: number
}

export type Role = 'candidate' | 'proctor' | 'service'
