import type { Database } from '../db/connect.js'
import { toStoreError } from '../db/errors.js'
import type { Claims } from './auth/tokens.js'

/** One reader's pages of one recording count as one reading for so long. */
const SAME_READING_MS = 10 * 60_000
const MAX_REMEMBERED = 10_000

export type NoteAccess = (claims: Claims, action: 'watch' | 'read', sessionId: string) => Promise<void>

/** Writes down who watched or read which session. Throws StoreError: what can't be noted is not shown. */
export function makeAccessLog({ sql }: Database, clock: () => number): NoteAccess {
  const notedAtMs = new Map<string, number>()
  return async ({ role, sub }, action, sessionId) => {
    const key = JSON.stringify([role, sub, action, sessionId])
    const lastMs = notedAtMs.get(key)
    if (action === 'read' && lastMs !== undefined && clock() - lastMs < SAME_READING_MS) return
    try {
      await sql`
        insert into access_log (role, sub, action, session_id) values (${role}, ${sub}, ${action}, ${sessionId})`
    } catch (error) {
      throw toStoreError(error)
    }
    notedAtMs.set(key, clock())
    const [oldest] = notedAtMs.keys()
    if (notedAtMs.size > MAX_REMEMBERED && oldest !== undefined) notedAtMs.delete(oldest)
  }
}
