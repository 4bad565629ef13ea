import type { EventBuffer } from './buffer/event-buffer.js'
import type { Database } from './connect.js'
import { type ClosePolicy, ensureEpoch, startEpoch } from './epochs.js'
import { getSession } from './sessions.js'

/**
 * Shuts the buffer of a session whose close was asked for at `sealedMs` [R12]. Throws StoreError.
 */
export async function sealForClose(
  db: Database,
  buffer: EventBuffer,
  policy: ClosePolicy,
  sessionId: string,
  sealedMs: number,
  nowMs: number,
): Promise<void> {
  const epoch = await ensureEpoch(db, buffer, policy, sessionId, await buffer.meta(sessionId), nowMs)
  await buffer.seal(sessionId, sealedMs, sealedMs + policy.closeGraceMs, nowMs)
  // Its recorder may have come back meanwhile and taken the request back [R17]: then the seal must not stand.
  const row = await getSession(db, sessionId)
  if (epoch !== null && row?.closeRequestedAt === null) {
    await startEpoch(db, buffer, policy, sessionId, epoch, nowMs)
  }
}
