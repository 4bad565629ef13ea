import type { ErrorCode } from './errors.js'

/**
 * An error with a code of the table in errors.ts, which this file leaves out: code in other people's pages is small, and
 * docs/protocol.md says of each code what to do.
 */
export class RecorderError extends Error {
  override readonly name = 'RecorderError'
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: Record<string, unknown>,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
