import { encodeEventLine } from '../../db/buffer/event-line.js'
import { isDeeperThan } from '../../protocol/depth.js'
import type { ErrorCode } from '../../protocol/errors.js'
import { ERRORS } from '../../protocol/errors.js'
import { DATA_SCHEMAS } from '../../protocol/event-schemas.js'
import {
  type BuiltInEventType,
  CANDIDATE_EVENT_TYPES,
  isCheckpoint,
  isCustomType,
  PROCTOR_EVENT_TYPES,
} from '../../protocol/event-types.js'
import type { Role } from '../../protocol/events.js'
import { LIMITS, MAX_DATA_DEPTH, MAX_FILE_ID_CHARS, MAX_TYPE_CHARS } from '../../protocol/limits.js'
import type { CandidateTypes } from './candidate-types.js'
import { type PlacedInTime, placeInTime } from './source-time.js'
import { isUsualData } from './usual-data.js'

/** What the check of one event needs to know around it. */
export interface EventSurroundings {
  role: Role
  /** What candidates may send; all of theirs where absent. */
  candidateTypes?: CandidateTypes | undefined
  receivedAtMs: number
  /** The stored timestamp of the source's event before; null where there is none. */
  beforeMs: number | null
  /** A plausible time of an event nearby, for one that has none. */
  neighbourMs: number
}

export interface CheckedEvent {
  /** As it goes into the buffer: the event, or the `rejected` event in its place [R5]. */
  line: string
  /** UTF-8 bytes of the event's JSON, as the limits count them [R7]. */
  sizeBytes: number
  timestampMs: number
  isClockFar: boolean
  rejected: { code: ErrorCode; message: string } | null
}

class Refused extends Error {
  constructor(
    readonly code: ErrorCode,
    what: string,
  ) {
    super(`${what} ${ERRORS[code].help}`)
  }
}

/** Judges one event of a readable batch. Never throws: a bad event takes its own place as `rejected`. */
export function checkEvent(raw: unknown, around: EventSurroundings): CheckedEvent {
  try {
    return acceptEvent(raw, around)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return rejectEvent(raw, around, error)
  }
}

function acceptEvent(raw: unknown, around: EventSurroundings): CheckedEvent {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Refused('EVENT_INVALID', 'The event is not an object.')
  }
  const event = raw as Record<string, unknown>
  const type = checkType(event.type, around)
  const { timestamp, fileId = null, checkpoint } = event
  if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) {
    throw new Refused('EVENT_TIMESTAMP_INVALID', `The timestamp of a ${type} event is not a number.`)
  }
  if (fileId !== null && (typeof fileId !== 'string' || fileId.length > MAX_FILE_ID_CHARS)) {
    throw new Refused('EVENT_INVALID', `fileId: expected a text of up to ${MAX_FILE_ID_CHARS} characters.`)
  }
  if (checkpoint !== undefined && checkpoint !== null && typeof checkpoint !== 'boolean') {
    throw new Refused('EVENT_INVALID', 'checkpoint: expected true or false.')
  }
  checkData(type, event.data)
  if (isDeeperThan(event.data, MAX_DATA_DEPTH)) {
    throw new Refused('EVENT_TOO_DEEP', `The data of ${type} is nested deeper than ${MAX_DATA_DEPTH} levels.`)
  }
  const dataJson = JSON.stringify(event.data)
  const sizeBytes = Buffer.byteLength(dataJson) + envelopeBytes(event)
  if (sizeBytes > LIMITS.maxEventBytes) {
    throw new Refused(
      'EVENT_TOO_LARGE',
      `The event has ${sizeBytes} bytes; ${LIMITS.maxEventBytes} are allowed.`,
    )
  }
  const { timestampMs, meta } = place(timestamp, around)
  const line = encodeEventLine({
    type,
    timestampMs,
    checkpoint: isCheckpoint(type, event.data, checkpoint === true),
    fileId,
    meta,
    dataJson,
  })
  return { line, sizeBytes, timestampMs, isClockFar: meta?.flags !== undefined, rejected: null }
}

const CANDIDATE_TYPES: ReadonlySet<string> = new Set(CANDIDATE_EVENT_TYPES)
const PROCTOR_TYPES: ReadonlySet<string> = new Set(PROCTOR_EVENT_TYPES)

/**
 * Who may send what [R9]: docs/protocol.md has the table. The service's own types are nobody's to send, and
 * proctors send nothing but what their verbs make.
 */
function checkType(type: unknown, { role, candidateTypes }: EventSurroundings): string {
  if (typeof type !== 'string') throw new Refused('EVENT_UNKNOWN_TYPE', 'The event has no type.')
  const isCustom = isCustomType(type)
  const isHeldBack = role === 'candidate' && candidateTypes?.has(type) === false
  if (role !== 'proctor' && (isCustom || CANDIDATE_TYPES.has(type)) && !isHeldBack) return type
  if (role !== 'candidate' && PROCTOR_TYPES.has(type)) return type
  if (isCustom || Object.hasOwn(DATA_SCHEMAS, type)) {
    throw new Refused('EVENT_FORBIDDEN_TYPE', `A ${role} can't send ${type}.`)
  }
  throw new Refused('EVENT_UNKNOWN_TYPE', 'The type is not in the vocabulary.')
}

function checkData(type: string, data: unknown): void {
  if (isUsualData(type, data)) return
  if (isCustomType(type)) {
    if (data === undefined) throw new Refused('EVENT_INVALID', 'data: expected any JSON value.')
    return
  }
  const parsed = DATA_SCHEMAS[type as BuiltInEventType].safeParse(data)
  if (parsed.success) return
  const issue = parsed.error.issues[0]
  const field = ['data', ...(issue?.path ?? [])].join('.')
  // zod's messages name kinds and expectations, never the value that was given.
  throw new Refused('EVENT_INVALID', `${field} of ${type}: ${issue?.message ?? 'not as expected'}.`)
}

/**
 * UTF-8 bytes of all that stands around `data` in the event's JSON. Without a list of its entries, and without writing what
 * each event has only to count it: this runs for every event.
 */
function envelopeBytes(event: Record<string, unknown>): number {
  let bytes = 1
  for (const key in event) {
    const value = event[key]
    if (value === undefined) continue
    // Quotes, a colon, and a comma or the closing brace.
    bytes +=
      4 + (key === 'data' || key === 'type' || key === 'timestamp' ? key.length : Buffer.byteLength(key))
    // A type is of the vocabulary here, ASCII without anything to escape.
    if (key === 'type') bytes += (value as string).length + 2
    else if (key !== 'data') bytes += jsonBytes(value)
  }
  return bytes
}

function jsonBytes(value: unknown): number {
  if (typeof value === 'number') return String(value).length
  try {
    return Buffer.byteLength(JSON.stringify(value))
  } catch {
    throw new Refused('EVENT_TOO_DEEP', 'A field of the event is nested too deeply.')
  }
}

const place = (timestamp: number, { beforeMs, neighbourMs, receivedAtMs }: EventSurroundings): PlacedInTime =>
  placeInTime(timestamp, beforeMs, neighbourMs, receivedAtMs)

function rejectEvent(raw: unknown, around: EventSurroundings, refused: Refused): CheckedEvent {
  const event = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>
  const sent =
    typeof event.timestamp === 'number' && Number.isFinite(event.timestamp) ? event.timestamp : null
  const { timestampMs, meta } = place(sent ?? around.beforeMs ?? around.neighbourMs, around)
  const claimedType = typeof event.type === 'string' ? event.type.slice(0, MAX_TYPE_CHARS) : ''
  const sizeBytes = sizeOfAnything(raw)
  const line = encodeEventLine({
    type: 'rejected',
    timestampMs,
    checkpoint: true,
    fileId: null,
    meta,
    dataJson: JSON.stringify({ code: refused.code, claimedType, sizeBytes }),
  })
  const rejected = { code: refused.code, message: refused.message }
  return { line, sizeBytes, timestampMs, isClockFar: meta?.flags !== undefined, rejected }
}

function sizeOfAnything(raw: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(raw) ?? '')
  } catch {
    return 0
  }
}
