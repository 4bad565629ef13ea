import { createHash } from 'node:crypto'
import { StoreError } from '../../db/errors.js'
import type { Signer } from '../../db/integrity/keys.js'
import type { JobRequests } from '../../db/queues.js'
import type { Stores } from '../../db/read-events.js'
import { redactRows } from '../../db/redact-rows.js'
import type { Redaction } from '../../db/redactions.js'
import { eventsInReplayOrder } from '../../db/replay-order.js'
import { restoreRows } from '../../db/restore-rows.js'
import { getSession } from '../../db/sessions.js'
import { inSlices } from '../../db/slices.js'
import { ExplainedError } from '../../protocol/errors.js'
import {
  needlesIn,
  needlesOf,
  type RedactionPlan,
  RedactionSearch,
  type RedactionTarget,
} from '../../replay/redaction/index.js'
import { sessionNotFound } from '../auth/tokens.js'
import { COMMIT_WAIT_MS, flushNow, pollUntil } from '../await-flush.js'
import { rowMasks } from './row-masks.js'

export interface RedactionContext {
  stores: Stores
  jobs: JobRequests
  clock: () => number
  signer: Signer
}

export type RedactionWish = { reason: string; by: { role: string; sub: string } } & (
  | { text: string }
  | { fromSeq: number; toSeq: number }
)

/** A purge may come before the search or the masking. */
const ATTEMPTS = 5

/**
 * Takes a text, or all texts of a range of events, out of what is recorded of a session up to now [R15]. What is only
 * received is committed first, what was purged becomes rows again. From the answer on no read gives it any more; the
 * archive of a closed session follows.
 *
 * INVARIANT: the text is kept nowhere but in this process' memory while it runs: it goes into no row, job, log or error.
 * Throws VALIDATION, SESSION_NOT_FOUND, TRY_LATER, StoreError, ArchiveError.
 */
export async function redactSession(
  context: RedactionContext,
  sessionId: string,
  wish: RedactionWish,
): Promise<Redaction> {
  const { db, recordings } = context.stores
  const target = targetOf(wish)
  await waitUntilCommitted(context, sessionId)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await getSession(db, sessionId)
    if (row === null) throw sessionNotFound()
    if (row.purgedThroughSeq > 0) await restoreRows(db, recordings, sessionId)
    const throughSeq = row.eventCount
    if (target.kind === 'range' && target.toSeq > throughSeq) {
      throw new ExplainedError('VALIDATION', `toSeq: the last event that can be redacted is ${throughSeq}.`)
    }
    const plan = await search(context.stores, sessionId, throughSeq, target)
    if (plan === null) continue
    const { reason, by } = wish
    const redaction = await redactRows(db, sessionId, rowMasks(plan), {
      throughSeq,
      reason,
      by,
      signer: context.signer,
    })
    if (redaction === null) throw sessionNotFound()
    if (redaction === 'purged') continue
    if (row.status !== 'ACTIVE') await context.jobs.archive(sessionId).catch(() => {})
    return redaction
  }
  throw new ExplainedError('TRY_LATER', 'The recording changes while it is searched.')
}

function targetOf(wish: RedactionWish): RedactionTarget {
  if (!('text' in wish)) return { kind: 'range', fromSeq: wish.fromSeq, toSeq: wish.toSeq }
  const needles = needlesOf(wish.text)
  if (needlesIn(needles, wish.reason).length > 0) {
    throw new ExplainedError('VALIDATION', 'reason: it is kept and shown, and holds the text itself.')
  }
  const hashes = needles.texts.map((text) => createHash('sha256').update(text).digest('hex'))
  return { kind: 'text', needles, hashes }
}

/** What was received before the call is to be masked too, so it has to be rows. Throws TRY_LATER, StoreError. */
async function waitUntilCommitted(
  { stores: { buffer }, jobs, clock }: RedactionContext,
  sessionId: string,
): Promise<void> {
  const first = await buffer.head(sessionId, [])
  if (first === null || first.headSeq <= first.committedSeq) return
  let { epoch, headSeq } = first
  await flushNow({ buffer, jobs, clock }, sessionId)
  const isCommitted = async () => {
    const head = await buffer.head(sessionId, [])
    // In another epoch the same events may have got other seqs [R3].
    if (head !== null && head.epoch !== epoch) ({ epoch, headSeq } = head)
    return head === null || head.committedSeq >= headSeq
  }
  if (await pollUntil({ clock }, COMMIT_WAIT_MS, isCommitted, (done) => done)) return
  throw new ExplainedError('TRY_LATER', 'What was received last is not committed yet.')
}

/** Null where rows moved meanwhile: look again. */
async function search(
  { db }: Stores,
  sessionId: string,
  throughSeq: number,
  target: RedactionTarget,
): Promise<RedactionPlan | null> {
  const events = () => inSlices(eventsInReplayOrder(db, sessionId, throughSeq))
  const redaction = new RedactionSearch(target)
  try {
    for await (const slice of events()) for (const event of slice) redaction.find(event)
    if (redaction.found()) {
      for await (const slice of events()) for (const event of slice) redaction.settle(event)
    }
    return redaction.plan()
  } catch (error) {
    if (error instanceof StoreError && error.code === 'MOVING') return null
    throw error
  }
}
