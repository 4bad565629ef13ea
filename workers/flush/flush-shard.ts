import type { BufferedBatch, BufferMeta, EventBuffer } from '../../db/buffer/event-buffer.js'
import { EVENT_LINE_VERSION } from '../../db/buffer/event-line.js'
import type { Database } from '../../db/connect.js'
import { type ClosePolicy, startEpoch } from '../../db/epochs.js'
import type { StoreError } from '../../db/errors.js'
import { commitSessions, type SessionCommit, type SessionWork } from './commit-sessions.js'
import type { CommitTraces } from './trace-commits.js'

export interface FlushContext {
  db: Database
  buffer: EventBuffer
  policy: ClosePolicy
  clock: () => number
  /** Called for each closed session whose archive is to be written (again). */
  onArchiveDue: (sessionId: string, traceparent?: string) => Promise<void>
  /** Null where nothing is traced. */
  traces: CommitTraces | null
  onCommitted?: (events: number) => void
  /** A session waits for a worker that knows the format of its next batch. */
  onUnreadable?: (version: number) => void
}

/** Sessions in one transaction: large transactions over many sessions are what makes the flush fast. */
const MAX_SESSIONS = 500
/** Bytes of batches held in memory at once; of a session with more, its oldest are taken. */
const MAX_ROUND_BYTES = 12 * 1024 * 1024
const ALL_BATCHES = 1_000_000
const STUCK_RETRY_MS = 30_000

/**
 * Drains the due sessions of one shard into PostgreSQL, round by round, until none is due. Any process may run
 * this for any shard at any time, also twice at once or again after dying between any two lines.
 * @returns the number of events committed. Throws StoreError where a store is away, or, with all else done, where a
 *   session could not be committed; what was not committed stays buffered.
 */
export async function flushShard(
  context: FlushContext,
  shard: number,
  signal?: AbortSignal,
): Promise<number> {
  let total = 0
  const stuck: StoreError[] = []
  while (!signal?.aborted) {
    const due = await context.buffer.schedules.dueSessions(shard, context.clock(), MAX_SESSIONS)
    if (due.length === 0) break
    total += await flushSessions(context, due, (error) => stuck.push(error))
  }
  const [first] = stuck
  if (first) throw first
  return total
}

/**
 * Drains some sessions once, as much of them as fits in one round. A session that cannot be committed at all is
 * put off and reported, and stops no other [I7].
 * @returns the number of events committed
 */
async function flushSessions(
  context: FlushContext,
  sessionIds: readonly string[],
  onStuck: (error: StoreError) => void,
): Promise<number> {
  const { db, buffer } = context
  const round = chooseRound(sessionIds, await buffer.metas(sessionIds))
  for (const id of round.unknown) await adoptUnknown(context, id)
  const read = await Promise.all(round.chosen.map(({ id, isLarge }) => readWork(context, id, isLarge)))
  const work = read.filter((one) => one !== null)
  if (work.length === 0) return 0
  const startedAtMs = context.clock()
  const commits = await commitSessions(db, work)
  const traceparents = context.traces && (await context.traces.committed(commits, startedAtMs))
  const workOf = new Map(work.map((one) => [one.sessionId, one]))
  let events = 0
  for (const commit of commits) {
    await settle(
      context,
      workOf.get(commit.sessionId) as BufferedWork,
      commit,
      traceparents?.get(commit.sessionId),
    )
    if (commit.kind === 'committed') events += commit.plan.events.length
    if (commit.kind === 'stuck') onStuck(commit.error)
  }
  context.onCommitted?.(events)
  return events
}

interface Round {
  chosen: { id: string; isLarge: boolean }[]
  unknown: string[]
}

function chooseRound(ids: readonly string[], metas: readonly (BufferMeta | null)[]): Round {
  const round: Round = { chosen: [], unknown: [] }
  let bytes = 0
  ids.forEach((id, i) => {
    const meta = metas[i]
    if (meta === null || meta === undefined) round.unknown.push(id)
    else if (round.chosen.length === 0 || bytes + meta.bytes <= MAX_ROUND_BYTES) {
      round.chosen.push({ id, isLarge: meta.bytes > MAX_ROUND_BYTES })
      bytes += meta.bytes
    }
  })
  return round
}

interface BufferedWork extends SessionWork {
  readToEnd: boolean
  /** The format of the batch that ends the work; null where all could be read. */
  unreadableVersion: number | null
}

async function readWork(
  context: FlushContext,
  sessionId: string,
  isLarge: boolean,
): Promise<BufferedWork | null> {
  const { buffer } = context
  const maxBatches = isLarge ? await buffer.batchesWithin(sessionId, MAX_ROUND_BYTES) : ALL_BATCHES
  const read = await buffer.read(sessionId, maxBatches)
  if (read === null) return null
  const { meta, heldBatches } = read
  const { batches, unreadableVersion } = readableOf(read.batches)
  const last = batches.at(-1)
  const readToEnd = last === undefined || last.firstSeq + last.count - 1 >= meta.headSeq
  // What is held back comes in when its hole is filled or recorded as a gap; the close waits for it [R6].
  const complete = meta.sealedMs !== null && readToEnd && heldBatches === 0 && unreadableVersion === null
  return { sessionId, epoch: meta.epoch, batches, complete, readToEnd, unreadableVersion }
}

/**
 * What comes before the first batch of a format that this version does not know [R18]. That one, and what follows it, is
 * left to a worker of the version that wrote it: to set it aside would put an update's events into quarantine.
 */
function readableOf(batches: BufferedBatch[]): Pick<BufferedWork, 'batches' | 'unreadableVersion'> {
  const end = batches.findIndex((batch) => batch.version !== EVENT_LINE_VERSION)
  if (end < 0) return { batches, unreadableVersion: null }
  return { batches: batches.slice(0, end), unreadableVersion: (batches[end] as BufferedBatch).version }
}

/**
 * What follows a commit. INVARIANT: an event leaves the buffer only here, after PostgreSQL has it. A worker that
 * dies before the trim leaves batches that the next flush finds covered by the watermarks, and drops.
 */
async function settle(
  context: FlushContext,
  work: BufferedWork,
  commit: SessionCommit,
  traceparent: string | undefined,
): Promise<void> {
  const { db, buffer, policy } = context
  const nowMs = context.clock()
  if (commit.kind === 'gone') return buffer.remove(commit.sessionId)
  if (commit.kind === 'stuck') return buffer.schedules.postpone(commit.sessionId, nowMs + STUCK_RETRY_MS)
  if (commit.kind === 'epoch') {
    // PostgreSQL ahead: somebody died on the way to Redis, or Redis came back from an older state. Redis ahead:
    // PostgreSQL did.
    await startEpoch(db, buffer, policy, commit.sessionId, work.epoch, nowMs)
    return
  }
  const { plan, sessionId } = commit
  if (commit.archiveDue) await context.onArchiveDue(sessionId, traceparent)
  if (plan.renumbered) {
    // Nothing is told under an epoch whose seqs came out otherwise: a watcher would keep what it has up to a
    // committed seq that means other events [I4]. The new epoch drops what is committed.
    await startEpoch(db, buffer, policy, sessionId, work.epoch, nowMs)
    return
  }
  const trimmed = await buffer.trim(
    {
      sessionId,
      epoch: work.epoch,
      committedSeq: plan.committedSeq,
      keepFromSeq: plan.keepFromSeq,
      committedBytes: plan.committedBytes,
      sources: [...plan.sources].map(([source, committedSeq]) => ({ source, committedSeq })),
      moreIsDue: !work.readToEnd,
    },
    nowMs,
  )
  if (work.unreadableVersion !== null) {
    context.onUnreadable?.(work.unreadableVersion)
    return buffer.schedules.postpone(sessionId, nowMs + STUCK_RETRY_MS)
  }
  // The second finds a Redis that came back older, where nobody sends any more and no append notices.
  if (plan.hole !== null || trimmed.kind === 'inconsistent') {
    await startEpoch(db, buffer, policy, sessionId, work.epoch, context.clock())
  }
}

/** Due in Redis but without a buffer: what is left of a life of Redis that lost the rest. */
async function adoptUnknown(context: FlushContext, sessionId: string): Promise<void> {
  const { db, buffer, policy } = context
  const epoch = await startEpoch(db, buffer, policy, sessionId, 0, context.clock())
  if (epoch === null) await buffer.remove(sessionId)
}
