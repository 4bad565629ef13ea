import type postgres from 'postgres'
import type { Crowd } from './crowd.js'
import { pause } from './pause.js'
import type { SessionLog } from './session-log.js'

/** How a system came back after a fault, counted from the moment at which the part was back. */
export interface Recovery {
  /** Until all that candidates held then was acked; null: not within 40 s. */
  acksAgainMs: number | null
  /** Until all of it was committed, or as long as was waited for it; null where another fault came before. */
  committedMs: number | null
  /** Events recorded and not committed when the part was back. */
  backlogEvents: number
}

const ACKS_WITHIN_MS = 40_000
const COMMITTED_WITHIN_MS = 120_000
const ACKS_POLL_MS = 20
const COMMITS_POLL_MS = 250

interface Held {
  log: SessionLog
  seq: number
}

/**
 * Follows the recovery from now on. `acks` resolves first; `whole` may take as long as a backlog.
 * @param againAfterMs what is recorded until then has to be acked as soon: a part that came back empty is noticed late
 */
export function followRecovery(
  crowd: Crowd,
  sql: postgres.Sql,
  againAfterMs: number,
  signal: AbortSignal,
): { acks: Promise<number | null>; whole: Promise<Recovery> } {
  const backAtMs = Date.now()
  // Who has not been acked yet begins; what is asked here is how those go on who had begun.
  const resuming = crowd.recording().filter(({ ackedSeq }) => ackedSeq > 0)
  const heldNow = () => resuming.map((log) => ({ log, seq: log.events.length }))
  const again = pause(againAfterMs).then(() => acksAgain(heldNow(), Date.now()))
  const acks = Promise.all([acksAgain(heldNow(), backAtMs), again]).then(([first, second]) =>
    first === null || second === null ? null : Math.max(first, second),
  )
  const committed = commitsAgain(heldNow(), sql, backAtMs, signal)
  const whole = Promise.all([acks, committed]).then(([acksAgainMs, rest]) => ({ acksAgainMs, ...rest }))
  return { acks, whole }
}

async function acksAgain(held: readonly Held[], sinceMs: number): Promise<number | null> {
  const waiting = () => held.some(({ log, seq }) => log.receivedSeqNow < seq && log.phase === 'recording')
  while (waiting()) {
    if (Date.now() - sinceMs > ACKS_WITHIN_MS) return null
    await pause(ACKS_POLL_MS)
  }
  return Date.now() - sinceMs
}

async function commitsAgain(
  held: readonly Held[],
  sql: postgres.Sql,
  backAtMs: number,
  signal: AbortSignal,
): Promise<Pick<Recovery, 'committedMs' | 'backlogEvents'>> {
  let backlogEvents: number | null = null
  while (!signal.aborted && Date.now() - backAtMs < COMMITTED_WITHIN_MS) {
    const left = await uncommitted(held, sql).catch(() => null)
    if (left !== null) {
      backlogEvents ??= left
      if (left === 0) return { committedMs: Date.now() - backAtMs, backlogEvents }
    }
    await pause(COMMITS_POLL_MS, signal)
  }
  return { committedMs: signal.aborted ? null : Date.now() - backAtMs, backlogEvents: backlogEvents ?? 0 }
}

/** Asks PostgreSQL itself, past everything that a fault may have slowed. */
async function uncommitted(held: readonly Held[], sql: postgres.Sql): Promise<number> {
  const ids = held.map(({ log }) => log.sourceId)
  const rows = await sql<{ sourceId: string; committedSeq: number }[]>`
    select source_id as "sourceId", committed_seq::int as "committedSeq" from session_sources
    where source_id = any(${ids})`
  const committed = new Map(rows.map(({ sourceId, committedSeq }) => [sourceId, committedSeq]))
  return held.reduce(
    (total, { log, seq }) => total + Math.max(0, seq - (committed.get(log.sourceId) ?? 0)),
    0,
  )
}
