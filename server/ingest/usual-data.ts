import { EDIT_ORIGINS } from '../../protocol/event-schemas.js'

/**
 * Whether the data of an event is one of the two plain forms that nearly all events have. No is no verdict: the schema has
 * the last word then, and the reason.
 *
 * A schema copies what it looks at, which is a fifth of what the check of an event costs.
 *
 * INVARIANT: what is usual here passes its schema.
 */
export function isUsualData(type: string, data: unknown): boolean {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  const fields = data as Record<string, unknown>
  if (fields.part !== undefined) return false
  if (type === 'code_edit') return isUsualOrigin(fields.origin) && areUsualChanges(fields.changes)
  if (type === 'terminal_stream')
    return (fields.channel === 'o' || fields.channel === 'i') && typeof fields.data === 'string'
  return false
}

const ORIGINS: ReadonlySet<unknown> = new Set([undefined, null, ...EDIT_ORIGINS])
const isUsualOrigin = (origin: unknown): boolean => ORIGINS.has(origin)

/** `[offset, deletedLength, inserted]` each, none before the end of the one before. */
function areUsualChanges(changes: unknown): boolean {
  if (!Array.isArray(changes)) return false
  let end = 0
  for (const change of changes) {
    if (!Array.isArray(change) || change.length !== 3) return false
    const [offset, deleted, inserted] = change
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(deleted) || typeof inserted !== 'string')
      return false
    if (offset < end || deleted < 0) return false
    end = offset + deleted
  }
  return true
}
