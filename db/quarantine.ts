import type { ArchivableEvent } from '../protocol/archive-lines.js'
import type { Database, Tx } from './connect.js'
import { type StoreError, toStoreError } from './errors.js'
import { insertEventRows } from './event-rows.js'

/** An event that PostgreSQL refused, and what has become of it [R5]. */
export interface QuarantinedEvent {
  /** In the order in which they were set aside, over all sessions. */
  id: number
  sessionId: string
  /** The place that a `quarantined` event holds. */
  seq: number
  /** As its sender claimed it. */
  type: string
  reason: string
  /** Of the buffered line; 0 where a redaction has taken it away. */
  sizeBytes: number
  createdAt: Date
  /** `sent`: its repair is on its way; `replayed`: it is in the recording, under `replayedSeq`. */
  state: 'set aside' | 'sent' | 'replayed'
  /** Null where it is not known: not there yet, or in the archive alone. */
  replayedSeq: number | null
}

export interface QuarantinePage {
  /** Of these sessions; null: of all. */
  sessionIds: readonly string[] | null
  /** Only those of which nobody has made a repair. */
  onlySetAside: boolean
  afterId: number
  limit: number
  /** Of this place alone; null: of any. */
  seq?: number | null
}

/** The sources under which repairs are appended: with a space, as in no source id that anybody can send. */
export const REPAIR_SUB = 'quarantine'
export const repairSourceId = (seq: number): string => `quarantine ${seq}`

/** A page of what was set aside, the oldest first. Throws StoreError. */
export async function listQuarantine(
  { sql }: Database,
  { sessionIds, onlySetAside, afterId, limit, seq = null }: QuarantinePage,
): Promise<QuarantinedEvent[]> {
  try {
    const rows = await sql<(Omit<QuarantinedEvent, 'state'> & { committedSeq: number | null })[]>`
      select q.id::float8 as id, q.session_id as "sessionId", q.seq::float8 as seq, q.type, q.reason,
        octet_length(q.original) as "sizeBytes", q.created_at as "createdAt", s.committed_seq::float8 as "committedSeq",
        case when s.source is not null then
          (select e.seq::float8 from session_events e where e.session_id = q.session_id and e.source = s.source)
        end as "replayedSeq"
      from quarantined_events q
      join session_recordings r on r.id = q.session_id and r.erase_requested_at is null
      left join session_sources s on s.session_id = q.session_id and s.role = 'service' and s.sub = ${REPAIR_SUB}
        and s.source_id = 'quarantine ' || q.seq
      where q.id > ${afterId} and (${sessionIds === null} or q.session_id = any(${[...(sessionIds ?? [])]}::uuid[]))
        and (${!onlySetAside} or s.source is null) and (${seq}::bigint is null or q.seq = ${seq}::bigint)
      order by q.id limit ${limit}`
    return rows.map(({ committedSeq, ...row }) => ({ ...row, state: stateOf(committedSeq) }))
  } catch (error) {
    throw toStoreError(error)
  }
}

const stateOf = (committedSeq: number | null): QuarantinedEvent['state'] =>
  committedSeq === null ? 'set aside' : committedSeq > 0 ? 'replayed' : 'sent'

/** The buffered line of an event that was set aside; null where there is none of this seq. Throws StoreError. */
export async function quarantinedLine(
  { sql }: Database,
  sessionId: string,
  seq: number,
): Promise<string | null> {
  try {
    const [row] = await sql<{ original: Buffer }[]>`
      select q.original from quarantined_events q
      join session_recordings r on r.id = q.session_id and r.erase_requested_at is null
      where q.session_id = ${sessionId} and q.seq = ${seq}`
    return row === undefined ? null : row.original.toString()
  } catch (error) {
    throw toStoreError(error)
  }
}

/**
 * Whether PostgreSQL would refuse this row of the log now, and why: it is put in and taken back. Its row of another kind,
 * if it has one, is not tried.
 * Throws StoreError where PostgreSQL is away.
 */
export async function refusalOf(
  db: Database,
  sessionId: string,
  event: ArchivableEvent,
): Promise<StoreError | null> {
  try {
    await db.transact(async (tx: Tx) => {
      // Under a seq that no event has.
      await insertEventRows(tx, sessionId, [{ ...event, seq: -event.seq }])
      throw new TakenBack()
    })
    return null
  } catch (error) {
    if (error instanceof TakenBack) return null
    const refusal = toStoreError(error)
    if (refusal.kind !== 'refused') throw refusal
    return refusal
  }
}

class TakenBack extends Error {}
