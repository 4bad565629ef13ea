import type { BufferedBatch } from '../../db/buffer/event-buffer.js'
import type { Database, Tx } from '../../db/connect.js'
import { type StoreError, toStoreError } from '../../db/errors.js'
import { NewLinks } from '../../db/integrity/links.js'
import { chainedSnapshot } from '../../db/snapshot-rows.js'
import { insertTypedRows, type TypedRows } from '../../db/typed-rows.js'
import { copyEvents } from './copy-rows.js'
import { planSession, type SessionPlan } from './plan-session.js'
import { setAside } from './set-aside.js'
import { typedRowReader } from './typed-row-store.js'
import { addTypedRows, hasTypedRow } from './typed-rows.js'

/** A session's buffered batches as read, oldest first. */
export interface SessionWork {
  sessionId: string
  /** The epoch the batches were read under. */
  epoch: number
  batches: BufferedBatch[]
  /**
   * The buffer was sealed before it was read, and was read to its end with nothing held back: nothing can come but
   * late events.
   */
  complete: boolean
}

export type SessionCommit =
  | { kind: 'committed'; sessionId: string; plan: SessionPlan; closed: boolean; archiveDue: boolean }
  /** PostgreSQL is in another epoch than the buffer was read under; nothing was taken. */
  | { kind: 'epoch'; sessionId: string; epoch: number }
  /** The session does not exist any more. */
  | { kind: 'gone'; sessionId: string }
  /** PostgreSQL refuses something of the session that is no event's fault; all of it stays buffered. */
  | { kind: 'stuck'; sessionId: string; error: StoreError }

interface LockedSession {
  id: string
  epoch: number
  eventCount: string
  status: string
  closeRequested: boolean
}

/**
 * Commits buffered batches of many sessions in one transaction. Where PostgreSQL refuses the content of one
 * event, the transaction is repeated on halves until that event alone is left, which is set aside; all others
 * go through [I7]. Running it again with the same input changes nothing.
 * @throws StoreError of kind unavailable or conflict: nothing of the failing part was committed, try again
 */
export async function commitSessions(db: Database, work: readonly SessionWork[]): Promise<SessionCommit[]> {
  try {
    return await commitOnce(db, work)
  } catch (error) {
    const refusal = refusedContent(error)
    const [only] = work
    if (work.length > 1) {
      const half = work.length >> 1
      const first = await commitSessions(db, work.slice(0, half))
      return [...first, ...(await commitSessions(db, work.slice(half)))]
    }
    return only === undefined ? [] : [await commitInPieces(db, only, refusal)]
  }
}

/** A refusal names content; everything else (away, deadlock) is for the caller to try again. */
function refusedContent(error: unknown): StoreError {
  const translated = toStoreError(error)
  if (translated.kind !== 'refused') throw translated
  return translated
}

async function commitInPieces(db: Database, work: SessionWork, refusal: StoreError): Promise<SessionCommit> {
  const { sessionId } = work
  const [batch] = work.batches
  if (batch === undefined) return { kind: 'stuck', sessionId, error: refusal }
  if (work.batches.length === 1 && batch.count === 1) {
    try {
      return firstOf(await commitOnce(db, [work], refusal))
    } catch (error) {
      return { kind: 'stuck', sessionId, error: refusedContent(error) }
    }
  }
  const [head, tail] = splitWork(work)
  const first = firstOf(await commitSessions(db, [head]))
  if (first.kind !== 'committed' || first.plan.hole !== null) return first
  const second = firstOf(await commitSessions(db, [tail]))
  if (second.kind !== 'committed') return second
  return { ...second, plan: joinPlans(first.plan, second.plan) }
}

const firstOf = (commits: SessionCommit[]): SessionCommit => commits[0] as SessionCommit

/** Two halves by batches, or one batch in two. Only the tail may complete the session. */
function splitWork(work: SessionWork): [SessionWork, SessionWork] {
  const { batches } = work
  const at = batches.length >> 1
  if (batches.length > 1) {
    return [
      { ...work, batches: batches.slice(0, at), complete: false },
      { ...work, batches: batches.slice(at) },
    ]
  }
  const [whole] = batches as [BufferedBatch]
  const half = whole.count >> 1
  const head = { ...whole, count: half, lines: whole.lines.slice(0, half), bytes: 0 }
  const tail = {
    ...whole,
    firstSeq: whole.firstSeq + half,
    firstSourceSeq: whole.firstSourceSeq + half,
    count: whole.count - half,
    lines: whole.lines.slice(half),
  }
  return [
    { ...work, batches: [head], complete: false },
    { ...work, batches: [tail] },
  ]
}

function joinPlans(first: SessionPlan, second: SessionPlan): SessionPlan {
  return {
    events: [...first.events, ...second.events],
    committedSeq: second.committedSeq,
    sources: new Map([...first.sources, ...second.sources]),
    renumbered: first.renumbered || second.renumbered,
    hole: second.hole,
    keepFromSeq: second.keepFromSeq,
    committedBytes: first.committedBytes + second.committedBytes,
  }
}

async function commitOnce(
  db: Database,
  work: readonly SessionWork[],
  quarantine?: StoreError,
): Promise<SessionCommit[]> {
  return db.transact(async (tx) => {
    const ids = work.map((w) => w.sessionId)
    // In one order everywhere, so that two flushes of overlapping sessions wait for each other and never lock up.
    const locked = await tx<LockedSession[]>`
      select id, epoch, event_count as "eventCount", status, close_requested_at is not null as "closeRequested"
      from session_recordings where id = any(${ids}::uuid[]) and erase_requested_at is null order by id for update`
    const sources = await tx<{ sessionId: string; source: number; committedSeq: string }[]>`
      select session_id as "sessionId", source, committed_seq as "committedSeq"
      from session_sources where session_id = any(${ids}::uuid[])`
    const rowOf = new Map(locked.map((row) => [row.id, row]))

    const commits = work.map((w): SessionCommit => {
      const row = rowOf.get(w.sessionId)
      if (row === undefined) return { kind: 'gone', sessionId: w.sessionId }
      if (row.epoch !== w.epoch) return { kind: 'epoch', sessionId: w.sessionId, epoch: row.epoch }
      const watermarks = sources.filter((s) => s.sessionId === w.sessionId)
      const plan = planSession(
        {
          epoch: row.epoch,
          eventCount: Number(row.eventCount),
          sources: new Map(watermarks.map((s) => [s.source, Number(s.committedSeq)])),
        },
        w.batches,
      )
      const closed = w.complete && plan.hole === null && row.status === 'ACTIVE' && row.closeRequested
      // Late events make the archive again [R12].
      const archiveDue = closed || (row.status !== 'ACTIVE' && plan.events.length > 0)
      return { kind: 'committed', sessionId: w.sessionId, plan, closed, archiveDue }
    })
    const committed = commits.filter((c) => c.kind === 'committed')
    if (quarantine) for (const c of committed) await setAside(tx, c.sessionId, c.plan.events, quarantine)
    await insertEvents(tx, committed)
    await moveWatermarks(tx, committed)
    await completeCloses(tx, committed)
    return commits
  })
}

/** Of those with typed rows: what is read of them beforehand is held meanwhile (typed-row-store.ts). */
const SESSIONS_READ_AT_ONCE = 16

type Committed = Extract<SessionCommit, { kind: 'committed' }>

/** Rows and the chain's links over them, in one transaction: neither is ever there without the other [R15]. */
async function insertEvents(tx: Tx, commits: readonly Committed[]): Promise<void> {
  const rows: TypedRows = { snapshots: [], interactions: [], testResults: [] }
  const links = new NewLinks()
  const typed = commits
    .filter(({ plan }) => plan.events.some((event) => hasTypedRow(event.line)))
    .map(({ sessionId, plan }) => ({ sessionId, events: plan.events }))
  for (let from = 0; from < typed.length; from += SESSIONS_READ_AT_ONCE) {
    const some = typed.slice(from, from + SESSIONS_READ_AT_ONCE)
    const reader = await typedRowReader(tx, some)
    for (const { sessionId, events } of some) await addTypedRows(rows, sessionId, events, reader)
  }
  const withEvents = commits.filter(({ plan }) => plan.events.length > 0)
  if (withEvents.length > 0) {
    const sessions = withEvents.map(({ sessionId, plan }) => ({ sessionId, events: plan.events }))
    // PostgreSQL takes in what was sent while the next lines are hashed.
    await copyEvents(tx, sessions, (sessionId, event) => links.addEvent(sessionId, event))
  }
  await insertTypedRows(tx, rows)
  for (const row of rows.snapshots) links.addSnapshot(row.session_id, chainedSnapshot(row))
  await links.insert(tx)
}

async function moveWatermarks(tx: Tx, commits: readonly Committed[]): Promise<void> {
  const moved = commits.filter(({ plan }) => plan.events.length > 0)
  if (moved.length === 0) return
  const lastEventMs = moved.map(({ plan }) =>
    plan.events.reduce((last, e) => Math.max(last, e.receivedAtMs), 0),
  )
  // The epoch ends with the commit that gave other seqs than Redis had promised: whoever flushes next finds it
  // changed, also where this worker dies before it can tell.
  await tx`
    update session_recordings r
    set event_count = m.committed, last_event_at = to_timestamp(m.last_ms / 1000.0), epoch = r.epoch + m.raise
    from unnest(${moved.map((c) => c.sessionId)}::uuid[], ${moved.map((c) => c.plan.committedSeq)}::bigint[],
                ${lastEventMs}::bigint[], ${moved.map((c) => (c.plan.renumbered ? 1 : 0))}::int[])
      as m (id, committed, last_ms, raise)
    where r.id = m.id`
  const sources = moved.flatMap(({ sessionId, plan }) =>
    [...plan.sources].map(([source, seq]) => ({ sessionId, source, seq })),
  )
  await tx`
    update session_sources s set committed_seq = m.seq, last_seen = now()
    from unnest(${sources.map((s) => s.sessionId)}::uuid[], ${sources.map((s) => s.source)}::int[],
                ${sources.map((s) => s.seq)}::bigint[]) as m (id, source, seq)
    where s.session_id = m.id and s.source = m.source`
}

async function completeCloses(tx: Tx, commits: readonly Committed[]): Promise<void> {
  const closed = commits.filter((c) => c.closed).map((c) => c.sessionId)
  const due = commits.filter((c) => c.archiveDue).map((c) => c.sessionId)
  if (closed.length > 0) {
    // An abandoned session ended with its last sign of life, not when somebody noticed.
    await tx`
      update session_recordings r set status = r.close_status, end_time = e.at,
        duration = greatest(0, round(extract(epoch from e.at - r.start_time)))::int
      from (
        select id, case when close_status = 'ABANDONED' then coalesce(last_event_at, start_time)
          else close_requested_at end as at
        from session_recordings where id = any(${closed}::uuid[])
      ) e where r.id = e.id`
  }
  if (due.length > 0) {
    await tx`
      update session_recordings
      set archive_state = 'pending', archive_generation = archive_generation + 1, archive_attempts = 0,
        archive_retry_at = null
      where id = any(${due}::uuid[])`
  }
}
