import type { BufferHead, EventBuffer } from '../../db/buffer/event-buffer.js'
import type { Database } from '../../db/connect.js'
import { type ClosePolicy, ensureEpoch, startEpoch } from '../../db/epochs.js'
import { StoreError } from '../../db/errors.js'
import { reopenAbandoned } from '../../db/reopen-session.js'
import {
  getSession,
  identityOf,
  listSources,
  MAX_CANDIDATE_SOURCES,
  registerSource,
  type SourceIdentity,
} from '../../db/sessions.js'
import { ExplainedError } from '../../protocol/errors.js'
import { sessionNotFound } from '../auth/tokens.js'
import type { BoundName } from '../limits/bounds.js'

export interface AdmissionContext {
  db: Database
  buffer: EventBuffer
  policy: ClosePolicy
  clock: () => number
  /** A bound was reached [I8]. */
  onBound: (bound: BoundName) => void
}

/** A source that may append: its number, watermarks, fence and the epoch they hold in. */
export interface AdmittedSource {
  sessionId: string
  source: number
  epoch: number
  fence: number
  receivedSeq: number
  committedSeq: number
  lastTimestampMs: number | null
  keystrokeSampling: number | null
}

const ATTEMPTS = 5

/**
 * Lets a source into a session: finds or gives its number, makes sure the buffer's epoch belongs to the Redis
 * that runs, and returns the watermarks from which the source goes on. A source that Redis knows needs no
 * PostgreSQL; one that it does not know must wait for it, as unknown is not zero [R13].
 * @param isReturning whether it is a page of the candidate, which makes a session ACTIVE again that was given up [R17]
 * @param isThere whether whoever asked still waits. A handshake may wait for a store longer than its client does, which is
 *   connected anew by then: to raise the fence for the one that is gone would shut the living one out, for good.
 * Throws RecorderError SESSION_NOT_FOUND, SESSION_CLOSED or TRY_LATER.
 */
export async function admitSource(
  context: AdmissionContext,
  sessionId: string,
  identity: SourceIdentity,
  userAgent: string | null,
  fence: 'raise' | 'none' | number,
  isReturning = false,
  isThere: () => boolean = () => true,
): Promise<AdmittedSource> {
  try {
    if (isReturning) await reopen(context, sessionId)
    return await admit(context, sessionId, identity, userAgent, fence, isThere)
  } catch (error) {
    throw asTryLater(error)
  }
}

/** Stores that are away become TRY_LATER; all else passes. */
export function asTryLater(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.kind === 'refused') return error
  return new ExplainedError('TRY_LATER', `The ${error.store} store does not answer.`, {}, { cause: error })
}

/** Without PostgreSQL it stays as it is, and what the page brings is late. */
async function reopen({ db, buffer, policy, clock }: AdmissionContext, sessionId: string): Promise<void> {
  try {
    const meta = await buffer.head(sessionId, [])
    const isOpen = meta !== null && meta.sealedMs === null
    if (!isOpen) await reopenAbandoned(db, buffer, policy, sessionId, clock())
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
  }
}

async function admit(
  context: AdmissionContext,
  sessionId: string,
  identity: SourceIdentity,
  userAgent: string | null,
  fence: 'raise' | 'none' | number,
  isThere: () => boolean,
): Promise<AdmittedSource> {
  const { db, buffer, policy, clock } = context
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const meta = await buffer.head(sessionId, [fieldOf(identity)])
    const source =
      (await knownToBuffer(buffer, sessionId, meta, identity)) ??
      (await knownToDatabase(context, sessionId, identity, userAgent))
    if (meta?.sealedMs != null && clock() > (meta.graceUntilMs ?? 0)) throw closed()
    const epoch = await ensureEpoch(db, buffer, policy, sessionId, meta, clock())
    if (epoch === null) throw sessionNotFound()
    if (!isThere()) throw new ExplainedError('TRY_LATER', 'The connection is gone.')
    const admitted = await buffer.admit(
      sessionId,
      epoch,
      { ...source, identity: identityOf(identity) },
      fence,
      clock(),
    )
    // A new epoch takes the number from the one whom PostgreSQL has forgotten [R13].
    if (admitted === 'taken') await startEpoch(db, buffer, policy, sessionId, epoch, clock())
    else if (admitted !== 'epoch') return { sessionId, source: source.source, ...admitted }
  }
  throw new StoreError('conflict', 'redis', 'EPOCH_MOVING')
}

const fieldOf = (identity: SourceIdentity): string => `i:${identityOf(identity)}`

async function knownToBuffer(
  buffer: EventBuffer,
  sessionId: string,
  meta: BufferHead | null,
  identity: SourceIdentity,
): Promise<{ source: number; committedSeq: number } | null> {
  const source = meta?.fields[fieldOf(identity)]
  if (source === undefined) return null
  // Where the buffer has moved meanwhile, its epoch has too, and the source is not admitted to the one before.
  const now = await buffer.head(sessionId, [`c${source}`])
  return { source: Number(source), committedSeq: Number(now?.fields[`c${source}`] ?? 0) }
}

async function knownToDatabase(
  { db, policy, clock, onBound }: AdmissionContext,
  sessionId: string,
  identity: SourceIdentity,
  userAgent: string | null,
): Promise<{ source: number; committedSeq: number }> {
  const session = await getSession(db, sessionId)
  if (session === null) throw sessionNotFound()
  if (session.closeRequestedAt !== null) {
    // Only a source from before the close may bring what it still holds, and only for a while [R12].
    const known = (await listSources(db, sessionId)).find((s) => identityOf(s) === identityOf(identity))
    const graceIsOver = clock() > session.closeRequestedAt.getTime() + policy.closeGraceMs
    if (known === undefined || graceIsOver) throw closed()
    return known
  }
  const registered = await registerSource(db, sessionId, identity, userAgent)
  if (registered === null) throw sessionNotFound()
  if (registered === 'full') {
    onBound('candidateSources')
    const what = `The candidate has written under ${MAX_CANDIDATE_SOURCES} sources, which are all that a session may have.`
    throw new ExplainedError('SOURCES_FULL', what)
  }
  return registered
}

export const closed = () => new ExplainedError('SESSION_CLOSED', 'The session is closed.')
