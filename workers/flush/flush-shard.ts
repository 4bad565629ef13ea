import type { BufferMeta, EventBuffer } from '../../db/buffer/event-buffer.js'
import type { Database } from '../../db/connect.js'
import { type ClosePolicy, completeEpoch, startEpoch } from '../../db/epochs.js'
import { commitSessions, type SessionCommit, type SessionWork } from './commit-sessions.js'

export interface FlushContext {
  db: Database
  buffer: EventBuffer
  policy: ClosePolicy
  clock: () => number
  /** Called for each closed session whose archive is to be written (again). */
  onArchiveDue: (sessionId: string) => Promise<void>
  onCommitted?: (events: number) => void
}

/** Sessions in one transaction: large transactions over many sessions are what makes the flush fast. */
const MAX_SESSIONS = 500
/** Bytes of batches held in memory at once. One session may exceed it by its own oldest batches. */
const MAX_ROUND_BYTES = 12 * 1024 * 1024
/** Batches read of a session whose buffer is larger than a round may be. */
const LARGE_BUFFER_BATCHES = 5
const ALL_BATCHES = 1_000_000

/**
 * Drains the due sessions of one shard into PostgreSQL, round by round, until none is due. Any process may run
 * this for any shard at any time, also twice at once or again after dying between any two lines.
 * @returns the number of events committed. Throws StoreError where a store is away; all stays buffered.
 */
export async function flushShard(
  context: FlushContext,
  shard: number,
  signal?: AbortSignal,
): Promise<number> {
  let total = 0
  while (!signal?.aborted) {
    const due = await context.buffer.dueSessions(shard, context.clock(), MAX_SESSIONS)
    if (due.length === 0) return total
    total += await flushSessions(context, due)
  }
  return total
}

/** Drains some sessions once, as much of them as fits in one round. Returns the number of events committed. */
export async function flushSessions(context: FlushContext, sessionIds: readonly string[]): Promise<number> {
  const { db, buffer } = context
  const round = chooseRound(sessionIds, await buffer.metas(sessionIds))
  for (const id of round.unknown) await adoptUnknown(context, id)
  const work: SessionWork[] = []
  const read = await Promise.all(round.chosen.map(({ id, batches }) => readWork(context, id, batches)))
  for (const one of read) if (one !== null) work.push(one)
  if (work.length === 0) return 0
  const commits = await commitSessions(db, work)
  let events = 0
  for (const commit of commits) {
    await settle(context, work.find((w) => w.sessionId === commit.sessionId) as SessionWork, commit)
    if (commit.kind === 'committed') events += commit.plan.events.length
  }
  context.onCommitted?.(events)
  return events
}

interface Round {
  chosen: { id: string; batches: number }[]
  unknown: string[]
}

function chooseRound(ids: readonly string[], metas: readonly (BufferMeta | null)[]): Round {
  const round: Round = { chosen: [], unknown: [] }
  let bytes = 0
  ids.forEach((id, i) => {
    const meta = metas[i]
    if (meta === null || meta === undefined) round.unknown.push(id)
    else if (round.chosen.length === 0 || bytes + meta.bytes <= MAX_ROUND_BYTES) {
      const large = meta.bytes > MAX_ROUND_BYTES
      round.chosen.push({ id, batches: large ? LARGE_BUFFER_BATCHES : ALL_BATCHES })
      bytes += meta.bytes
    }
  })
  return round
}

async function readWork(
  context: FlushContext,
  sessionId: string,
  maxBatches: number,
): Promise<SessionWork | null> {
  const read = await context.buffer.read(sessionId, maxBatches)
  if (read === null) return null
  const { meta, batches } = read
  const last = batches.at(-1)
  const readToEnd = last === undefined || last.firstSeq + last.count - 1 >= meta.headSeq
  return { sessionId, epoch: meta.epoch, batches, complete: meta.sealedMs !== null && readToEnd }
}

/**
 * What follows a commit. INVARIANT: an event leaves the buffer only here, after PostgreSQL has it. A worker that
 * dies before the trim leaves batches that the next flush finds covered by the watermarks, and drops.
 */
async function settle(context: FlushContext, work: SessionWork, commit: SessionCommit): Promise<void> {
  const { db, buffer, policy } = context
  const nowMs = context.clock()
  if (commit.kind === 'gone') return buffer.remove(commit.sessionId)
  if (commit.kind === 'epoch') {
    // PostgreSQL ahead: somebody died on the way to Redis. Redis ahead: PostgreSQL came back from an older state.
    if (commit.epoch > work.epoch) await completeEpoch(db, buffer, policy, commit.sessionId, nowMs)
    else await startEpoch(db, buffer, policy, commit.sessionId, work.epoch, nowMs)
    return
  }
  const { plan, sessionId } = commit
  const trimmed = await buffer.trim(
    {
      sessionId,
      epoch: work.epoch,
      committedSeq: plan.committedSeq,
      keepFromSeq: plan.keepFromSeq,
      committedBytes: plan.committedBytes,
      sources: [...plan.sources].map(([source, committedSeq]) => ({ source, committedSeq })),
    },
    nowMs,
  )
  // The last of these finds what a worker left that died right here, before it could tell.
  if (plan.renumbered || plan.hole !== null || trimmed.kind === 'inconsistent') {
    await startEpoch(db, buffer, policy, sessionId, work.epoch, context.clock())
  }
  if (commit.archiveDue) await context.onArchiveDue(sessionId)
}

/** Due in Redis but without a buffer: what is left of a life of Redis that lost the rest. */
async function adoptUnknown(context: FlushContext, sessionId: string): Promise<void> {
  const { db, buffer, policy } = context
  const epoch = await startEpoch(db, buffer, policy, sessionId, 0, context.clock())
  if (epoch === null) await buffer.remove(sessionId)
}
