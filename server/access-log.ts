import { type AccessAction, writeAccess } from '../db/access-log.js'
import type { Database } from '../db/connect.js'
import type { Claims } from './auth/tokens.js'

/** One reader's pages of one recording count as one reading for so long. */
const SAME_READING_MS = 10 * 60_000
const MAX_REMEMBERED = 10_000

export type NoteAccess = (claims: Claims, action: AccessAction, sessionId: string) => Promise<void>

/** Writes down who did what to which recording. Throws StoreError: what can't be noted is not shown. */
export function makeAccessLog(db: Database, clock: () => number): NoteAccess {
  const notedAtMs = new Map<string, number>()
  return async ({ role, sub }, action, sessionId) => {
    if (action !== 'read') return writeAccess(db, { role, sub, action, sessionId })
    const key = JSON.stringify([role, sub, sessionId])
    const lastMs = notedAtMs.get(key)
    if (lastMs !== undefined && clock() - lastMs < SAME_READING_MS) return
    await writeAccess(db, { role, sub, action, sessionId })
    notedAtMs.delete(key)
    notedAtMs.set(key, clock())
    const [oldest] = notedAtMs.keys()
    if (notedAtMs.size > MAX_REMEMBERED && oldest !== undefined) notedAtMs.delete(oldest)
  }
}
