import type { BufferMeta } from '../../db/buffer/event-buffer.js'
import { startEpoch } from '../../db/epochs.js'
import { toStoreError } from '../../db/errors.js'
import { insertEventRows } from '../../db/event-rows.js'
import { NewLinks } from '../../db/integrity/links.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { UpkeepContext } from './upkeep.js'

/** The service's own source number [R1]. */
const SERVICE_SOURCE = 0

/**
 * Looks after sessions with a hole in a source's seqs [R6]. A hole that has been filled meanwhile lets the
 * batches behind it back in; one that is older than the term is recorded as a `gap`, and the source goes on
 * behind it. Where either moved anything, a new epoch puts the buffer in order.
 */
export async function fillHoles(context: UpkeepContext): Promise<void> {
  const { buffer, gapAfterMs } = context
  const termMs = context.clock() - gapAfterMs
  const all = await buffer.schedules.sessionsWithHoles(context.clock())
  const overdue = new Set(await buffer.schedules.sessionsWithHoles(termMs))
  for (const sessionId of all) await fillHolesOf(context, sessionId, overdue.has(sessionId) ? termMs : null)
}

/** Where a source's events go on behind a hole, and since when that is known. */
interface Hole {
  foundSeq: number
  sinceMs: number
}

/** @param termMs holes from before it are overdue; null where the session has none */
async function fillHolesOf(context: UpkeepContext, sessionId: string, termMs: number | null): Promise<void> {
  const { db, buffer, policy } = context
  const meta = await buffer.meta(sessionId)
  if (meta === null) return buffer.forgetHoles(sessionId, [])
  const held = await buffer.heldFrom(sessionId)
  const holes = refusedFrom(meta, context.gapAfterMs)
  for (const [source, seq] of held) {
    // The session's own place on the list is the age of what is held; it was looked at by the caller.
    const foundSeq = Math.min(holes.get(source)?.foundSeq ?? seq, seq)
    holes.set(source, { foundSeq, sinceMs: Number.NEGATIVE_INFINITY })
  }
  const receivedSeqOf = (source: number) => Number(meta.fields[`r${source}`] ?? 0)
  const open = [...holes].filter(([source, { foundSeq }]) => foundSeq > receivedSeqOf(source) + 1)
  const overdue = open.filter(([, { sinceMs }]) => termMs !== null && sinceMs <= termMs)
  for (const [source, { foundSeq }] of overdue) {
    const receivedSeq = receivedSeqOf(source)
    // Events from before the hole are on their way into PostgreSQL; a gap behind them comes at a later sweep.
    if (Number(meta.fields[`c${source}`] ?? 0) < receivedSeq)
      return buffer.schedules.makeDue(sessionId, context.clock())
    // From here on a resend of the hole comes too late and is dropped as known; had it come before this line,
    // the hole would be filled and nothing skipped.
    if (!(await buffer.skipTo(sessionId, source, receivedSeq, foundSeq - 1))) return
    if (!(await recordGap(context, sessionId, source, receivedSeq, foundSeq))) return
  }
  // From the list first: the new epoch puts the session back on it if something is still held.
  if (overdue.length === open.length) await buffer.forgetHoles(sessionId, [...holes.keys()])
  const stillOpen = new Set(open.map(([source]) => source))
  // A tab that once sent too early and then went on where it was told has moved nothing, and nobody is disturbed:
  // going on took it off the refused. Who still stands there was skipped by a sweep that died before its gap.
  const hasFilled = [...holes.keys()].some((source) => !stillOpen.has(source))
  if (overdue.length === 0 && !hasFilled) return
  await startEpoch(db, buffer, policy, sessionId, meta.epoch, context.clock())
}

/**
 * What recorders tried to send and were refused for a gap, by source. Nothing of it is kept, so the term runs only
 * while they go on trying: one that went away may have what is missing, and brings it when it is back.
 */
function refusedFrom(meta: BufferMeta, gapAfterMs: number): Map<number, Hole> {
  const refused = new Map<number, Hole>()
  for (const [field, value] of Object.entries(meta.fields)) {
    const source = /^g(\d+)$/.exec(field)?.[1]
    if (source === undefined) continue
    const [foundSeq = 0, sinceMs = 0, lastMs = 0] = value.split(':').map(Number)
    const goesOn = lastMs - sinceMs >= gapAfterMs
    refused.set(Number(source), { foundSeq, sinceMs: goesOn ? sinceMs : Number.POSITIVE_INFINITY })
  }
  return refused
}

/**
 * Puts one `gap` event in the place of a source's missing events, moves its watermark behind them, and ends the
 * epoch with them: Redis may have promised the gap's seq to another event.
 * @returns false while events from before the hole are still on their way into PostgreSQL: moving the watermark
 *   over them would drop them. The next sweep tries again.
 */
async function recordGap(
  context: UpkeepContext,
  sessionId: string,
  source: number,
  receivedSeq: number,
  foundSeq: number,
): Promise<boolean> {
  try {
    return await context.db.transact(async (tx) => {
      const [session] = await tx<{ eventCount: string; purged: string }[]>`
        select event_count as "eventCount", purged_through_seq as purged from session_recordings
        where id = ${sessionId} and erase_requested_at is null for update`
      const [known] = await tx<{ committedSeq: string }[]>`
        select committed_seq as "committedSeq" from session_sources
        where session_id = ${sessionId} and source = ${source}`
      // Rows that were purged may hold the service's own last place; and nothing is recorded so long after the close.
      if (!session || Number(session.purged) > 0) return false
      if (!known || Number(known.committedSeq) !== receivedSeq) return false
      const seq = Number(session.eventCount) + 1
      const gap = { source, fromSeq: receivedSeq + 1, toSeq: foundSeq - 1 }
      const [last] = await tx<{ sourceSeq: string | null }[]>`
        select max(source_seq) as "sourceSeq" from session_events
        where session_id = ${sessionId} and source = ${SERVICE_SOURCE}`
      const atMs = context.clock()
      const event: ArchivableEvent = {
        seq,
        type: 'gap',
        timestampMs: atMs,
        dataJson: JSON.stringify(gap),
        fileId: null,
        checkpoint: true,
        source: SERVICE_SOURCE,
        sourceSeq: Number(last?.sourceSeq ?? 0) + 1,
        receivedAtMs: atMs,
      }
      await insertEventRows(tx, sessionId, [event])
      const links = new NewLinks()
      links.addEvent(sessionId, event)
      await links.insert(tx)
      // The epoch ends with it, as its seq was promised to others. Behind a close it makes the archive again, as
      // late events do [R12].
      await tx`
        update session_recordings set event_count = ${seq}, epoch = epoch + 1,
          archive_state = case when status = 'ACTIVE' then archive_state else 'pending' end,
          archive_generation = archive_generation + case when status = 'ACTIVE' then 0 else 1 end,
          archive_attempts = 0, archive_retry_at = null
        where id = ${sessionId}`
      await tx`
        update session_sources set committed_seq = ${gap.toSeq}
        where session_id = ${sessionId} and source = ${source}`
      return true
    })
  } catch (error) {
    throw toStoreError(error)
  }
}
