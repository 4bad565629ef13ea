/**
 * What went wrong in a store, without what was being stored: drivers put bound values, and so what a candidate
 * typed, into their messages. Everything that leaves db/ and may be logged goes through here.
 */
export type StoreErrorKind =
  /** The store is away, overloaded or not as we expect it; the same call may succeed later. */
  | 'unavailable'
  /** The content itself is refused, now and always. */
  | 'refused'
  /** Two writers met; trying again succeeds. */
  | 'conflict'

export class StoreError extends Error {
  override readonly name = 'StoreError'
  constructor(
    readonly kind: StoreErrorKind,
    readonly store: 'postgres' | 'redis',
    /** SQLSTATE, errno or Redis error name: safe to log. */
    readonly code: string,
  ) {
    super(`${store} ${kind} (${code})`)
  }
}

// SQLSTATE: PostgreSQL manual, appendix A. Only what speaks of the content counts as a refusal: 22 data
// exception, 54 program limit exceeded, 23502 and 23514 not-null and check. A missing table or right is the
// operator's to mend, and must never be answered by setting events aside.
const REFUSED = /^(22|54|23502|23514)/
const CONFLICT = /^(40|55P03|23503|23505)/

/** Runs a statement of PostgreSQL. Throws StoreError. */
export async function statement<T>(run: () => PromiseLike<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw toStoreError(error)
  }
}

/** Translates whatever postgres.js or drizzle threw. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause)
  // An exception of our own code about an event is as good a refusal as PostgreSQL's [I7].
  if (code === undefined) return new StoreError('refused', 'postgres', 'INTERNAL')
  if (!/^[0-9A-Z]{5}$/.test(code) || code.startsWith('E'))
    return new StoreError('unavailable', 'postgres', code)
  if (CONFLICT.test(code)) return new StoreError('conflict', 'postgres', code)
  return new StoreError(REFUSED.test(code) ? 'refused' : 'unavailable', 'postgres', code)
}

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

export const isUniqueViolation = (error: unknown): boolean => toStoreError(error).code === '23505'
