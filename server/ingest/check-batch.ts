import type { RejectedEvent } from '../../protocol/batch.js'
import { ExplainedError } from '../../protocol/errors.js'
import type { Role } from '../../protocol/events.js'
import { LIMITS } from '../../protocol/limits.js'
import type { CandidateTypes } from './candidate-types.js'
import { checkEvent } from './check-event.js'
import { isPlausible, type SourceTimeline } from './source-time.js'

/** Who sends, and where its events stand in time. */
export interface Writer {
  role: Role
  timeline: SourceTimeline
  /** What candidates may send; all of theirs where absent. */
  candidateTypes?: CandidateTypes | undefined
}

/** A batch whose every event has its place: as itself or as `rejected`. */
export interface CheckedBatch {
  firstSeq: number
  count: number
  firstTimestampMs: number
  lastTimestampMs: number
  /** One line per event, joined by newlines. */
  lines: string
  /** Events whose time is more than a day off. */
  clockFar: number
  rejected: RejectedEvent[]
}

/**
 * Judges a batch as it came off the wire. Throws RecorderError BATCH_MALFORMED, BATCH_SEQ_INVALID or
 * BATCH_TOO_LARGE where it can't be taken as a whole; a bad event in a readable batch is rejected alone [R5].
 */
export function checkBatch(raw: unknown, writer: Writer, receivedAtMs: number): CheckedBatch {
  const { firstSeq, events } = readEnvelope(raw)
  const lines: string[] = []
  const rejected: RejectedEvent[] = []
  const neighbourMs = firstPlausible(events, receivedAtMs) ?? receivedAtMs
  let bytes = envelopeBytes(firstSeq, events.length)
  let firstTimestampMs = 0
  let clockFar = 0
  let beforeMs: number | null = null
  for (const [i, event] of events.entries()) {
    // Asked for each event: where a resend overlaps what was received, only its new part is measured against it.
    beforeMs = writer.timeline.before(firstSeq + i) ?? beforeMs
    const { role, candidateTypes } = writer
    const checked = checkEvent(event, { role, candidateTypes, receivedAtMs, beforeMs, neighbourMs })
    if (i === 0) firstTimestampMs = checked.timestampMs
    beforeMs = checked.timestampMs
    bytes += checked.sizeBytes
    if (checked.isClockFar) clockFar += 1
    lines.push(checked.line)
    if (checked.rejected) rejected.push({ sourceSeq: firstSeq + i, ...checked.rejected })
  }
  // A single event over its own limit is rejected alone and must not take its batch along.
  if (bytes > LIMITS.maxBatchBytes && events.length > 1) {
    throw new ExplainedError(
      'BATCH_TOO_LARGE',
      `The batch has ${bytes} bytes; ${LIMITS.maxBatchBytes} are allowed.`,
    )
  }
  const lastTimestampMs = beforeMs ?? receivedAtMs
  writer.timeline.checked(firstSeq + events.length - 1, lastTimestampMs)
  const count = events.length
  return { firstSeq, count, firstTimestampMs, lastTimestampMs, lines: lines.join('\n'), clockFar, rejected }
}

/** UTF-8 bytes of the batch's JSON without its events. */
const envelopeBytes = (firstSeq: number, count: number): number =>
  '{"firstSeq":,"events":[]}'.length + String(firstSeq).length + (count - 1)

function firstPlausible(events: readonly unknown[], receivedAtMs: number): number | null {
  for (const event of events) {
    const timestamp = (event as { timestamp?: unknown } | null)?.timestamp
    if (isPlausible(timestamp, receivedAtMs)) return Math.round(timestamp)
  }
  return null
}

function readEnvelope(raw: unknown): { firstSeq: number; events: unknown[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new ExplainedError('BATCH_MALFORMED', 'The batch is not an object.')
  }
  const { firstSeq, events } = raw as Record<string, unknown>
  if (!Array.isArray(events) || events.length === 0) {
    throw new ExplainedError('BATCH_MALFORMED', 'The batch has no list of events.')
  }
  if (typeof firstSeq !== 'number') throw new ExplainedError('BATCH_MALFORMED', 'The batch has no firstSeq.')
  if (!Number.isSafeInteger(firstSeq) || firstSeq < 1) {
    throw new ExplainedError('BATCH_SEQ_INVALID', 'firstSeq is not a positive integer.')
  }
  if (events.length > LIMITS.maxBatchEvents) {
    const counts = `${events.length} events; ${LIMITS.maxBatchEvents} are allowed`
    throw new ExplainedError('BATCH_TOO_LARGE', `The batch has ${counts}.`)
  }
  return { firstSeq, events }
}
