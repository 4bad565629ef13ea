import { type BufferHead, type EventBuffer, sourcesOf } from './buffer/event-buffer.js'
import type { Database, Tx } from './connect.js'
import { toStoreError } from './errors.js'
import { identityOf, readIdentity, type SourceIdentity } from './sessions.js'

/** How long events that were made before the close are still taken after it [R12]. */
export interface ClosePolicy {
  closeGraceMs: number
}

interface EpochRow {
  epoch: number
  eventCount: string
  closeRequestedAt: Date | null
  keystrokeSampling: number
}

/**
 * Starts a new epoch of a session's buffer: in PostgreSQL first, then in Redis [R3]. Two callers at once raise
 * the epoch twice, and the higher one stands. A caller that dies in between leaves PostgreSQL ahead; whoever
 * meets that starts another one. INVARIANT: a number is entered once, by the one who raised it. A Redis that came
 * back older than PostgreSQL has been in the number it finds there before, with other events under the same seqs.
 * @param aboveEpoch the epoch found in Redis, which PostgreSQL, restored to an earlier state, may be behind
 * @returns the epoch, or null where the session does not exist. Throws StoreError.
 */
export async function startEpoch(
  db: Database,
  buffer: EventBuffer,
  policy: ClosePolicy,
  sessionId: string,
  aboveEpoch: number,
  nowMs: number,
): Promise<number | null> {
  const meta = await buffer.meta(sessionId)
  const found = await loadForEpoch(db, sessionId, aboveEpoch, meta === null ? new Map() : sourcesOf(meta))
  return found === null ? null : enter(buffer, policy, sessionId, found, nowMs)
}

/**
 * The epoch that appends to a session may use: the buffer's own where it was made under the Redis that runs
 * now and PostgreSQL knows no newer one, else a new one.
 */
export async function ensureEpoch(
  db: Database,
  buffer: EventBuffer,
  policy: ClosePolicy,
  sessionId: string,
  meta: BufferHead | null,
  nowMs: number,
): Promise<number | null> {
  if (await isCurrent(buffer, sessionId, meta)) return (meta as BufferHead).epoch
  const underWay = underWayOf(buffer)
  let started = underWay.get(sessionId)
  if (started === undefined) {
    started = ensureFresh(db, buffer, policy, sessionId, nowMs).finally(() => underWay.delete(sessionId))
    underWay.set(sessionId, started)
  }
  return started
}

/**
 * Many connections of a session look at once, when it begins or Redis is another. Those of one process share what
 * one of them does: each new epoch makes all recorders and watchers of the session begin anew.
 */
const epochsUnderWay = new WeakMap<EventBuffer, Map<string, Promise<number | null>>>()

function underWayOf(buffer: EventBuffer): Map<string, Promise<number | null>> {
  const known = epochsUnderWay.get(buffer) ?? new Map()
  epochsUnderWay.set(buffer, known)
  return known
}

/** Looks again first: whoever was before us may have started one since the caller looked. */
async function ensureFresh(
  db: Database,
  buffer: EventBuffer,
  policy: ClosePolicy,
  sessionId: string,
  nowMs: number,
): Promise<number | null> {
  const meta = await buffer.meta(sessionId)
  if (await isCurrent(buffer, sessionId, meta)) return (meta as BufferHead).epoch
  return startEpoch(db, buffer, policy, sessionId, meta?.epoch ?? 0, nowMs)
}

const isCurrent = async (buffer: EventBuffer, sessionId: string, meta: BufferHead | null): Promise<boolean> =>
  meta !== null && meta.runId === (await buffer.runId(sessionId))

interface LoadedEpoch {
  row: EpochRow
  sources: { source: number; identity: string; committedSeq: number }[]
}

async function loadForEpoch(
  db: Database,
  sessionId: string,
  aboveEpoch: number,
  buffered: ReadonlyMap<number, string>,
): Promise<LoadedEpoch | null> {
  try {
    return await db.transact(async (tx) => {
      // The row lock orders this against a flush of the same session: it has committed, and its watermarks are
      // read here, or it will find the epoch changed and commit nothing.
      const [locked] = await tx<EpochRow[]>`
        select epoch, event_count as "eventCount", close_requested_at as "closeRequestedAt",
          keystroke_sampling as "keystrokeSampling"
        from session_recordings where id = ${sessionId} and erase_requested_at is null for update`
      if (!locked) return null
      const row = { ...locked, epoch: Math.max(locked.epoch, aboveEpoch) + 1 }
      await tx`update session_recordings set epoch = ${row.epoch} where id = ${sessionId}`
      await adoptSources(tx, sessionId, buffered)
      const sources = await tx<({ source: number; committedSeq: string } & SourceIdentity)[]>`
        select source, committed_seq as "committedSeq", role, sub, source_id as "sourceId"
        from session_sources where session_id = ${sessionId}`
      return {
        row,
        sources: sources.map((s) => ({
          source: s.source,
          identity: identityOf(s),
          committedSeq: Number(s.committedSeq),
        })),
      }
    })
  } catch (error) {
    throw toStoreError(error)
  }
}

/**
 * Gives the sources that the buffer knows and PostgreSQL does not their rows back, with nothing committed: it was
 * restored to an earlier state, and what they have buffered is kept behind the hole of what it lost [R13]. One
 * whose number or name is taken by now stays unknown.
 */
async function adoptSources(tx: Tx, sessionId: string, buffered: ReadonlyMap<number, string>): Promise<void> {
  if (buffered.size === 0) return
  const known = await tx<{ source: number }[]>`
    select source from session_sources where session_id = ${sessionId}`
  const numbers = new Set(known.map((row) => row.source))
  for (const [source, identity] of buffered) {
    if (numbers.has(source)) continue
    const { role, sub, sourceId } = readIdentity(identity)
    await tx`
      insert into session_sources (session_id, source, role, sub, source_id)
      values (${sessionId}, ${source}, ${role}, ${sub}, ${sourceId}) on conflict do nothing`
    await tx`
      update session_recordings set next_source = greatest(next_source, ${source + 1}) where id = ${sessionId}`
  }
}

async function enter(
  buffer: EventBuffer,
  policy: ClosePolicy,
  sessionId: string,
  { row, sources }: LoadedEpoch,
  nowMs: number,
): Promise<number> {
  const sealedMs = row.closeRequestedAt?.getTime() ?? null
  const start = {
    sessionId,
    epoch: row.epoch,
    committedSeq: Number(row.eventCount),
    sealedMs,
    graceUntilMs: sealedMs === null ? null : sealedMs + policy.closeGraceMs,
    keystrokeSampling: row.keystrokeSampling,
    sources,
  }
  return buffer.enterEpoch(start, nowMs)
}
