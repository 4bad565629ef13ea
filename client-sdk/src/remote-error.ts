import { ERRORS, type ErrorCode, ExplainedError, RecorderError } from '../../protocol/errors.js'

/**
 * An error that the service answered with, as a RecorderError. A code that this version doesn't know becomes
 * INTERNAL, with the code in `details`.
 */
export function remoteError(
  { code, message }: { code: string; message: string },
  details?: Record<string, unknown>,
): RecorderError {
  if (!Object.hasOwn(ERRORS, code)) return new ExplainedError('INTERNAL', message, { ...details, code })
  const known = code as ErrorCode
  // The service has appended the same help already.
  const what = message.replace(ERRORS[known].help, '').trim()
  return new ExplainedError(known, what, details)
}

/** What a request has thrown; what is no answer of the service went wrong in this process, and may not again. */
export const asRecorderError = (error: unknown): RecorderError =>
  error instanceof RecorderError
    ? error
    : new ExplainedError('INTERNAL', 'The request failed in this process.', undefined, { cause: error })
