import { isDeeperThan } from '../../protocol/depth.js'
import type { ErrorCode } from '../../protocol/errors.js'
import { MAX_DATA_DEPTH, MAX_TYPE_CHARS } from '../../protocol/limits.js'
import { RecorderError } from '../../protocol/recorder-error.js'
import type { EventContent } from './split-event.js'

/** The JSON of an event without its time. Throws a RecorderError for what JSON can't hold. */
export function eventJson({ type, data, fileId, checkpoint }: EventContent): string {
  if (typeof type !== 'string') throw new RecorderError('EVENT_INVALID', 'The type is no string.')
  // These have no JSON, and would vanish from the event without a word.
  if (data === undefined || typeof data === 'function' || typeof data === 'symbol') {
    throw new RecorderError('EVENT_INVALID', 'The data is not JSON.')
  }
  const json = toJson({ type, fileId, checkpoint, data }) as string
  // Each level takes two characters: short events need no look.
  if (json.length > 2 * MAX_DATA_DEPTH) checkDepth(data)
  return json
}

/** Throws for what the service would refuse, and what carries it there may run out of stack over. */
export function checkDepth(data: unknown): void {
  if (!isDeeperThan(data, MAX_DATA_DEPTH)) return
  const message = `The data is nested deeper than ${MAX_DATA_DEPTH} levels.`
  throw new RecorderError('EVENT_TOO_DEEP', message)
}

/** JSON.stringify with a RecorderError for what it can't write. Undefined for what has no JSON, such as a function. */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    // Engines run out of stack on deep nesting; all else is a cycle, a BigInt or a toJSON that throws.
    const code = cause instanceof RangeError ? 'EVENT_TOO_DEEP' : 'EVENT_INVALID'
    throw new RecorderError(code, 'The data is not JSON.', undefined, { cause })
  }
}

/**
 * What is recorded in the place of events that no batch can carry, or that there was no room for, so that the
 * recording itself says what it lacks.
 */
export function notRecorded(details: {
  code: ErrorCode
  /** The type of the one event, where it is one. */
  type?: string
  sizeBytes?: number
  count?: number
  fromMs?: number
  toMs?: number
}): EventContent {
  const { type } = details
  const data = type === undefined ? details : { ...details, type: type.slice(0, MAX_TYPE_CHARS) }
  return { type: 'custom:not_recorded', data, checkpoint: true }
}
