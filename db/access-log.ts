import type { Database } from './connect.js'
import { toStoreError } from './errors.js'

/**
 * What is done to a recording that others should be able to ask about: looking on live, reading it, taking it along,
 * taking something out of it, putting back what was set aside, removing it.
 */
export const ACCESS_ACTIONS = ['watch', 'read', 'export', 'redact', 'replay', 'erase', 'expire'] as const
export type AccessAction = (typeof ACCESS_ACTIONS)[number]

export interface AccessEntry {
  id: number
  at: Date
  role: string
  sub: string
  action: string
}

/** Throws StoreError. */
export async function writeAccess(
  { sql }: Database,
  { role, sub, action, sessionId }: { role: string; sub: string; action: AccessAction; sessionId: string },
): Promise<void> {
  try {
    await sql`
      insert into access_log (role, sub, action, session_id) values (${role}, ${sub}, ${action}, ${sessionId})`
  } catch (error) {
    throw toStoreError(error)
  }
}

/** A page of who did what to a recording, the oldest first, behind the entry `afterId`. Throws StoreError. */
export async function readAccess(
  { sql }: Database,
  sessionId: string,
  { afterId, limit }: { afterId: number; limit: number },
): Promise<AccessEntry[]> {
  try {
    return await sql<AccessEntry[]>`
      select id::float8 as id, at, role, sub, action from access_log
      where session_id = ${sessionId} and id > ${afterId} order by id limit ${limit}`
  } catch (error) {
    throw toStoreError(error)
  }
}
