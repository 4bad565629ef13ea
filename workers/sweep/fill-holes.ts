import type { BufferMeta } from '../../db/buffer/event-buffer.js'
import { startEpoch } from '../../db/epochs.js'
import { toStoreError } from '../../db/errors.js'
import type { UpkeepContext } from './upkeep.js'

/** The service's own source number [R1]. */
const SERVICE_SOURCE = 0

/**
 * Looks after sessions with a hole in a source's seqs [R6]. A hole that has been filled meanwhile lets the
 * batches behind it back in; one that is older than the term is recorded as a `gap`, and the source goes on
 * behind it. Either way a new epoch puts the buffer in order.
 */
export async function fillHoles(context: UpkeepContext): Promise<void> {
  const { buffer, gapAfterMs } = context
  const termMs = context.clock() - gapAfterMs
  const all = await buffer.sessionsWithHoles(context.clock())
  const overdue = new Set(await buffer.sessionsWithHoles(termMs))
  for (const sessionId of all) await fillHolesOf(context, sessionId, overdue.has(sessionId))
}

async function fillHolesOf(context: UpkeepContext, sessionId: string, overdue: boolean): Promise<void> {
  const { db, buffer, policy } = context
  const meta = await buffer.meta(sessionId)
  if (meta === null) return buffer.forgetHoles(sessionId, [])
  const wanted = new Map([...(await buffer.heldFrom(sessionId))])
  const refused = refusedFrom(meta)
  for (const [source, seq] of refused) wanted.set(source, Math.min(wanted.get(source) ?? seq, seq))
  const open = [...wanted].filter(([source, seq]) => seq > Number(meta.fields[`r${source}`] ?? 0) + 1)
  if (open.length > 0 && !overdue) return
  if (open.length > 0) {
    for (const [source, seq] of open) {
      const receivedSeq = Number(meta.fields[`r${source}`] ?? 0)
      // From here on a resend of the hole comes too late and is dropped as known; had it come before this line,
      // the hole would be filled and nothing skipped.
      if (!(await buffer.skipTo(sessionId, source, receivedSeq, seq - 1))) return
      if (!(await recordGap(context, sessionId, source, receivedSeq, seq))) return
    }
  }
  // From the list first: the new epoch puts the session back on it if something is still held.
  await buffer.forgetHoles(sessionId, [...refused.keys()])
  await startEpoch(db, buffer, policy, sessionId, meta.epoch, context.clock())
}

/** What recorders tried to send and were refused for a gap, by source. */
function refusedFrom(meta: BufferMeta): Map<number, number> {
  const refused = new Map<number, number>()
  for (const [field, value] of Object.entries(meta.fields)) {
    const source = /^g(\d+)$/.exec(field)?.[1]
    if (source !== undefined) refused.set(Number(source), Number(value.split(':')[0]))
  }
  return refused
}

/**
 * Puts one `gap` event in the place of a source's missing events and moves its watermark behind them.
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
      const [session] = await tx<{ eventCount: string }[]>`
        select event_count as "eventCount" from session_recordings where id = ${sessionId} for update`
      const [known] = await tx<{ committedSeq: string }[]>`
        select committed_seq as "committedSeq" from session_sources
        where session_id = ${sessionId} and source = ${source}`
      if (!session || !known || Number(known.committedSeq) !== receivedSeq) return false
      const seq = Number(session.eventCount) + 1
      const gap = { source, fromSeq: receivedSeq + 1, toSeq: foundSeq - 1 }
      const [last] = await tx<{ sourceSeq: string | null }[]>`
        select max(source_seq) as "sourceSeq" from session_events
        where session_id = ${sessionId} and source = ${SERVICE_SOURCE}`
      const at = new Date(context.clock())
      await tx`
        insert into session_events
          (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
        values (${sessionId}, ${seq}, 'gap', ${at}, ${tx.json(gap)}, true, ${SERVICE_SOURCE},
          ${Number(last?.sourceSeq ?? 0) + 1}, ${at})`
      await tx`update session_recordings set event_count = ${seq} where id = ${sessionId}`
      await tx`
        update session_sources set committed_seq = ${gap.toSeq}
        where session_id = ${sessionId} and source = ${source}`
      return true
    })
  } catch (error) {
    throw toStoreError(error)
  }
}
