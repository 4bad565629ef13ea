import type { JobRequests } from '../../db/queues.js'
import { sealForClose } from '../../db/seal-session.js'
import {
  listSessions,
  quietSessions,
  requestClose,
  sessionsPastTime,
  sessionsToClose,
} from '../../db/sessions.js'
import { allEnded } from '../all-ended.js'
import { archivesDue } from '../archive/archive-session.js'
import type { FlushContext } from '../flush/flush-shard.js'
import { endFrozen } from './end-frozen.js'
import { fillHoles } from './fill-holes.js'

export interface UpkeepContext extends FlushContext {
  jobs: JobRequests
  /** A session without a sign of life for so long is closed as ABANDONED. */
  abandonedAfterMs: number
  /** A hole that nobody has filled after so long is recorded as a gap [R6]. */
  gapAfterMs: number
  /** Whether a session is closed when its time is over [R17]. */
  closesAtTimeUp: boolean
}

const PER_SWEEP = 200

/**
 * Puts back what got lost on the way: closes that were asked for and not completed, sessions that went silent,
 * holes that nobody fills, archives that failed. Each task fails alone.
 */
export async function upkeep(context: UpkeepContext): Promise<void> {
  const tasks = [
    endFrozen,
    abandonQuiet,
    closeAtTimeUp,
    completeCloses,
    fillHoles,
    requeueArchives,
    forgetClosed,
  ]
  await allEnded(tasks.map((task) => task(context)))
}

async function abandonQuiet(context: UpkeepContext): Promise<void> {
  const { db, buffer, abandonedAfterMs } = context
  const nowMs = context.clock()
  const before = nowMs - abandonedAfterMs
  const quiet = await quietSessions(db, new Date(before), PER_SWEEP)
  const metas = await buffer.metas(quiet.map((session) => session.id))
  for (const [i, session] of quiet.entries()) {
    // What is received but not committed is a sign of life too, and so is a connection that stands.
    const { lastEventMs = null, onlineUntilMs = 0 } = metas[i] ?? {}
    if ((lastEventMs ?? 0) >= before || onlineUntilMs > nowMs) continue
    // Asked for now, so that the grace for late events begins now; it ended with its last event [R12].
    await requestClose(db, session.id, 'ABANDONED', new Date(nowMs))
  }
}

/** The server that a tab is connected to closes at the end itself, and tells the tab. */
const TIME_UP_MARGIN_MS = 5_000

async function closeAtTimeUp({ db, clock, closesAtTimeUp }: UpkeepContext): Promise<void> {
  if (!closesAtTimeUp) return
  const nowMs = clock()
  for (const id of await sessionsPastTime(db, new Date(nowMs - TIME_UP_MARGIN_MS), PER_SWEEP)) {
    await requestClose(db, id, 'COMPLETED', new Date(nowMs))
  }
}

/** A close whose caller died after asking for it: seal the buffer and let the flush complete it. */
async function completeCloses(context: UpkeepContext): Promise<void> {
  const { db, buffer, policy, jobs } = context
  for (const session of await sessionsToClose(db, PER_SWEEP)) {
    const nowMs = context.clock()
    const sealedMs = (session.closeRequestedAt as Date).getTime()
    await sealForClose(db, buffer, policy, session.id, sealedMs, nowMs)
    await jobs.flush(buffer.keys.shardOf(session.id))
  }
}

async function requeueArchives({ db, jobs }: UpkeepContext): Promise<void> {
  for (const id of await archivesDue({ db }, PER_SWEEP)) await jobs.archive(id)
}

/** Takes closed sessions out of Redis once nothing of them can come any more and nothing is left in the buffer. */
async function forgetClosed({ db, buffer, policy, clock }: UpkeepContext): Promise<void> {
  const quiet = await buffer.schedules.quietSince(clock() - policy.closeGraceMs, PER_SWEEP)
  if (quiet.length === 0) return
  const rows = await listSessions(db, { ids: quiet, limit: quiet.length })
  const metas = await buffer.metas(quiet)
  for (const [i, id] of quiet.entries()) {
    const row = rows.find((r) => r.id === id)
    const graceIsOver = clock() > (row?.closeRequestedAt?.getTime() ?? 0) + policy.closeGraceMs
    const isDone = row === undefined || (row.status !== 'ACTIVE' && graceIsOver)
    const meta = metas[i]
    const isWatched = (meta?.watchedUntilMs ?? 0) > clock()
    if (!isDone || isWatched) continue
    if (row === undefined) await buffer.remove(id)
    else await buffer.forget(id, meta?.epoch ?? null)
  }
}
