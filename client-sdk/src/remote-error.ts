import { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'

/**
 * An error that the service answered with, as a RecorderError. A code that this version doesn't know becomes
 * INTERNAL, with the code in `details`.
 */
export function remoteError(
  { code, message }: { code: string; message: string },
  details?: Record<string, unknown>,
): RecorderError {
  if (!Object.hasOwn(ERRORS, code)) return new RecorderError('INTERNAL', message, { ...details, code })
  const known = code as ErrorCode
  // The service has appended the same help already.
  const what = message.replace(ERRORS[known].help, '').trim()
  return new RecorderError(known, what, details)
}
