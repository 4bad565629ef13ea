import { ArchiveError, isArchiveError } from '../db/archive/errors.js'
import { StoreError } from '../db/errors.js'
import type { RejectedEvent } from '../protocol/batch.js'
import { ERRORS, type ErrorBody, ExplainedError, RecorderError } from '../protocol/errors.js'

/**
 * What a caller is told of an error. Anything unforeseen becomes INTERNAL, and only then is it logged: by
 * name and stack, never with what was being handled.
 */
export function toRecorderError(error: unknown, log: (error: unknown) => void): RecorderError {
  if (error instanceof RecorderError) return error
  // Erased between two reads.
  if (error instanceof StoreError && error.code === 'GONE') {
    return new ExplainedError('SESSION_NOT_FOUND', 'There is no such session.')
  }
  if (isArchiveError(error, 'ARCHIVE_UNAVAILABLE')) {
    return new ExplainedError('TRY_LATER', 'The archive does not answer.')
  }
  if (error instanceof ArchiveError) {
    log(error)
    return new ExplainedError('ARCHIVE_DAMAGED', 'The archive of this session cannot be read.')
  }
  if (error instanceof StoreError && error.kind !== 'refused') {
    return new ExplainedError('TRY_LATER', `The ${error.store} store does not answer.`)
  }
  log(error)
  return new ExplainedError('INTERNAL', 'Something went wrong on the server.')
}

/** The refusal of an event as the answer to the request that brought it alone. */
export function eventError({ code, message }: Omit<RejectedEvent, 'sourceSeq'>): RecorderError {
  return new ExplainedError(code, message.replace(ERRORS[code].help, '').trimEnd())
}

export function errorBody(error: RecorderError): ErrorBody {
  const { code, message, details } = error
  return { error: { code, message, ...(details && Object.keys(details).length > 0 ? { details } : {}) } }
}

/** In how many ms to come again, where the error says so. */
export const retryAfterMsOf = ({ details }: RecorderError): number | undefined =>
  typeof details?.retryAfterMs === 'number' ? details.retryAfterMs : undefined

/** The shape in which Socket.IO hands a refusal of the handshake to the client: `connect_error` with `data`. */
export function handshakeError(error: unknown, log: (error: unknown) => void): Error {
  const known = toRecorderError(error, log)
  const retryAfterMs = retryAfterMsOf(known)
  return Object.assign(new Error(known.message), {
    data: {
      code: known.code,
      message: known.message,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  })
}
