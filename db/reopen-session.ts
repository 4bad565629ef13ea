import type { EventBuffer } from './buffer/event-buffer.js'
import type { Database } from './connect.js'
import { type ClosePolicy, startEpoch } from './epochs.js'
import { toStoreError } from './errors.js'
import { getSession } from './sessions.js'

/**
 * Makes a session that was given up ACTIVE again, or takes back that it is to be given up, as long as its grace lasts
 * [R17]. Its archive, if there is one by now, counts no longer; the next close makes another.
 * @returns whether it takes events now. Throws StoreError.
 */
export async function reopenAbandoned(
  db: Database,
  buffer: EventBuffer,
  policy: ClosePolicy,
  sessionId: string,
  nowMs: number,
): Promise<boolean> {
  const found = await getSession(db, sessionId)
  if (found === null || (found.closeRequestedAt !== null && found.closeStatus !== 'ABANDONED')) return false
  if (found.closeRequestedAt !== null && !(await takeBack(db, sessionId, nowMs - policy.closeGraceMs)))
    return false
  // Also where somebody else has taken it back: the seal goes with the buffer's old epoch.
  const meta = await buffer.meta(sessionId)
  if (meta?.sealedMs != null) await startEpoch(db, buffer, policy, sessionId, meta.epoch, nowMs)
  return true
}

/** False where its grace is over, or it is another close by now. */
async function takeBack(db: Database, sessionId: string, sinceMs: number): Promise<boolean> {
  try {
    const { count } = await db.sql`
      update session_recordings set status = 'ACTIVE', close_requested_at = null, close_status = null, end_time = null,
        duration = null, storage_path = null, storage_size = null, archive_state = 'none',
        archive_generation = archive_generation + 1, archive_error = null, archive_attempts = 0, archive_retry_at = null
      where id = ${sessionId} and close_status = 'ABANDONED' and status in ('ACTIVE', 'ABANDONED')
        and close_requested_at >= ${new Date(sinceMs)} and purged_through_seq = 0
        and erase_requested_at is null`
    return count > 0 || (await getSession(db, sessionId))?.closeRequestedAt === null
  } catch (error) {
    throw toStoreError(error)
  }
}
