import { StoreError } from '../db/errors.js'
import type { RejectedEvent } from '../protocol/batch.js'
import { ERRORS, type ErrorBody, RecorderError } from '../protocol/errors.js'

/**
 * What a caller is told of an error. Anything unforeseen becomes INTERNAL, and only then is it logged: by
 * name and stack, never with what was being handled.
 */
export function toRecorderError(error: unknown, log: (error: unknown) => void): RecorderError {
  if (error instanceof RecorderError) return error
  if (error instanceof StoreError && error.kind !== 'refused') {
    return new RecorderError('TRY_LATER', `The ${error.store} store does not answer.`)
  }
  log(error)
  return new RecorderError('INTERNAL', 'Something went wrong on the server.')
}

/** The refusal of an event as the answer to the request that brought it alone. */
export function eventError({ code, message }: Omit<RejectedEvent, 'sourceSeq'>): RecorderError {
  return new RecorderError(code, message.replace(ERRORS[code].help, '').trimEnd())
}

export function errorBody(error: RecorderError): ErrorBody {
  const { code, message, details } = error
  return { error: { code, message, ...(details && Object.keys(details).length > 0 ? { details } : {}) } }
}

/** The shape in which Socket.IO hands a refusal of the handshake to the client: `connect_error` with `data`. */
export function handshakeError(error: unknown, log: (error: unknown) => void): Error {
  const known = toRecorderError(error, log)
  return Object.assign(new Error(known.message), { data: { code: known.code, message: known.message } })
}
