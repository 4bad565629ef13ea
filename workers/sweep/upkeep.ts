import { ensureEpoch } from '../../db/epochs.js'
import type { JobRequests } from '../../db/queues.js'
import { listSessions, quietSessions, requestClose, sessionsToClose } from '../../db/sessions.js'
import { archivesDue } from '../archive/archive-session.js'
import type { FlushContext } from '../flush/flush-shard.js'
import { fillHoles } from './fill-holes.js'

export interface UpkeepContext extends FlushContext {
  jobs: JobRequests
  /** A session without a sign of life for so long is closed as ABANDONED. */
  abandonedAfterMs: number
  /** A hole that nobody has filled after so long is recorded as a gap [R6]. */
  gapAfterMs: number
}

const PER_SWEEP = 200

/**
 * Puts back what got lost on the way: closes that were asked for and not completed, sessions that went silent,
 * holes that nobody fills, archives that failed. Each task fails alone.
 */
export async function upkeep(context: UpkeepContext): Promise<void> {
  const tasks = [abandonQuiet, completeCloses, fillHoles, requeueArchives, forgetClosed]
  const results = await Promise.allSettled(tasks.map((task) => task(context)))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function abandonQuiet(context: UpkeepContext): Promise<void> {
  const { db, buffer, abandonedAfterMs } = context
  const before = context.clock() - abandonedAfterMs
  const quiet = await quietSessions(db, new Date(before), PER_SWEEP)
  const metas = await buffer.metas(quiet.map((session) => session.id))
  for (const [i, session] of quiet.entries()) {
    // What is received but not committed is a sign of life too.
    if ((metas[i]?.lastEventMs ?? 0) < before) {
      await requestClose(db, session.id, 'ABANDONED', session.lastEventAt ?? session.startTime)
    }
  }
}

/** A close whose caller died after asking for it: seal the buffer and let the flush complete it. */
async function completeCloses(context: UpkeepContext): Promise<void> {
  const { db, buffer, policy, jobs } = context
  for (const session of await sessionsToClose(db, PER_SWEEP)) {
    const nowMs = context.clock()
    const sealedMs = (session.closeRequestedAt as Date).getTime()
    await ensureEpoch(db, buffer, policy, session.id, await buffer.meta(session.id), nowMs)
    await buffer.seal(session.id, sealedMs, sealedMs + policy.closeGraceMs, nowMs)
    await jobs.flush(buffer.keys.shardOf(session.id))
  }
}

async function requeueArchives({ db, jobs }: UpkeepContext): Promise<void> {
  for (const id of await archivesDue({ db }, PER_SWEEP)) await jobs.archive(id)
}

/** Takes closed sessions out of Redis once nothing of them can come any more and nothing is left in the buffer. */
async function forgetClosed({ db, buffer, policy, clock }: UpkeepContext): Promise<void> {
  const quiet = await buffer.quietSince(clock() - policy.closeGraceMs, PER_SWEEP)
  if (quiet.length === 0) return
  const rows = await listSessions(db, { ids: quiet, limit: quiet.length })
  const metas = await buffer.metas(quiet)
  for (const [i, id] of quiet.entries()) {
    const row = rows.find((r) => r.id === id)
    const graceIsOver = clock() > (row?.closeRequestedAt?.getTime() ?? 0) + policy.closeGraceMs
    const isDone = row === undefined || (row.status !== 'ACTIVE' && graceIsOver)
    const meta = metas[i]
    const isEmpty = meta == null || meta.headSeq === meta.committedSeq
    const isWatched = (meta?.watchedUntilMs ?? 0) > clock()
    if (isDone && isEmpty && !isWatched) await buffer.remove(id)
  }
}
