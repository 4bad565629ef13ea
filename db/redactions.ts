import type { Database, Tx } from './connect.js'
import { toStoreError } from './errors.js'

/** The record of a redaction: where something stood, never what it said [R15]. */
export interface Redaction {
  id: string
  kind: 'text' | 'range'
  fromSeq: number | null
  toSeq: number | null
  throughSeq: number
  reason: string
  role: string
  author: string
  eventCount: number
  placeCount: number
  places: RedactedPlace[]
  createdAtMs: number
}

export interface RedactedPlace {
  seq: number
  field: string
  offset: number
  length: number
}

type Row = Omit<Redaction, 'fromSeq' | 'toSeq' | 'throughSeq' | 'createdAtMs'> & {
  fromSeq: string | null
  toSeq: string | null
  throughSeq: string
  createdAt: Date
}

const columns = (sql: Database['sql'] | Tx) => sql`
  id::text as id, kind, from_seq as "fromSeq", to_seq as "toSeq", through_seq as "throughSeq", reason, role, author,
  event_count as "eventCount", place_count as "placeCount", places, created_at as "createdAt"`

const redactionOf = ({ fromSeq, toSeq, throughSeq, createdAt, ...row }: Row): Redaction => ({
  ...row,
  fromSeq: fromSeq === null ? null : Number(fromSeq),
  toSeq: toSeq === null ? null : Number(toSeq),
  throughSeq: Number(throughSeq),
  createdAtMs: createdAt.getTime(),
})

/** A session's redactions behind the one with `afterId`, in their order. Throws StoreError. */
export async function listRedactions(
  { sql }: Database,
  sessionId: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<Redaction[]> {
  try {
    const rows = await sql<Row[]>`
      select ${columns(sql)} from redactions where session_id = ${sessionId} and id > ${afterId}
      order by redactions.id limit ${limit}`
    return rows.map(redactionOf)
  } catch (error) {
    throw toStoreError(error)
  }
}

const ARCHIVED_AT_ONCE = 100

/** All redactions of a session as its archive tells them: without the places. Throws StoreError. */
export async function archivableRedactions(
  db: Database,
  sessionId: string,
): Promise<Omit<Redaction, 'places'>[]> {
  const all: Omit<Redaction, 'places'>[] = []
  for (let afterId: string | undefined = '0'; afterId !== undefined; ) {
    const page: Redaction[] = await listRedactions(db, sessionId, { afterId, limit: ARCHIVED_AT_ONCE })
    all.push(...page.map(({ places: _, ...redaction }) => redaction))
    afterId = page.at(-1)?.id
  }
  return all
}

/** Adds the record in the transaction that masks. */
export async function insertRedaction(
  tx: Tx,
  sessionId: string,
  redaction: Omit<Redaction, 'id' | 'createdAtMs'>,
): Promise<Redaction> {
  const [row] = await tx<Row[]>`
    insert into redactions (session_id, kind, from_seq, to_seq, through_seq, reason, role, author, event_count,
      place_count, places)
    values (${sessionId}, ${redaction.kind}, ${redaction.fromSeq}, ${redaction.toSeq}, ${redaction.throughSeq},
      ${redaction.reason}, ${redaction.role}, ${redaction.author}, ${redaction.eventCount}, ${redaction.placeCount},
      ${JSON.stringify(redaction.places)}::text::json)
    returning ${columns(tx)}`
  return redactionOf(row as Row)
}
