import type { JobRequests } from '../db/queues.js'
import { sealForClose } from '../db/seal-session.js'
import { type CloseStatus, getSession, requestClose, type SessionRow } from '../db/sessions.js'
import { sessionNotFound } from './auth/tokens.js'
import { pollUntil } from './await-flush.js'
import type { AdmissionContext } from './ingest/admission.js'

export interface CloseContext extends AdmissionContext {
  jobs: JobRequests
  /** Tells the candidate's tabs that the session is over. */
  tellEnded: (sessionId: string) => void
  /** Hands them the receipt of all that is recorded. */
  tellReceipt: (sessionId: string) => Promise<void>
}

/** The caller waits so long for the last flush; after it the close goes on by itself. */
const WAIT_MS = 10_000

/**
 * Closes a session [R12]: asks in PostgreSQL, seals the buffer, then has the last flush complete it. Whoever
 * dies in between leaves the request in the row, and the sweep goes on with it. S3 plays no part.
 * @returns the row; its status is still ACTIVE where the last flush takes longer than the caller should wait
 * Throws SESSION_NOT_FOUND or a StoreError.
 */
export async function closeSession(
  context: CloseContext,
  sessionId: string,
  status: CloseStatus,
): Promise<SessionRow> {
  const { db, buffer, policy, jobs, clock } = context
  const requested = await requestClose(db, sessionId, status, new Date(clock()))
  if (requested === null) throw sessionNotFound()
  if (requested.status !== 'ACTIVE') return requested
  const sealedMs = (requested.closeRequestedAt as Date).getTime()
  context.tellEnded(sessionId)
  await sealForClose(db, buffer, policy, sessionId, sealedMs, clock())
  await jobs.flush(buffer.keys.shardOf(sessionId)).catch(() => {})
  const look = () => getSession(db, sessionId)
  const row = await pollUntil(context, WAIT_MS, look, (seen) => seen?.status !== 'ACTIVE')
  if (row === null) throw sessionNotFound()
  // It can be asked for at any time: a tab that is not told, or no more, misses nothing.
  if (row.status !== 'ACTIVE') await context.tellReceipt(sessionId).catch(() => {})
  return row
}
