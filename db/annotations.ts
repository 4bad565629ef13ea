import type { Database, Sql, Tx } from './connect.js'
import { toStoreError } from './errors.js'
import { toColumnText } from './text.js'

// The log of what was noted and rated [R16]. Rows are only added: a later version names the first row of what it is a
// version of, and the newest one counts. INVARIANT: a row is added under the lock of its session's row, and counted
// there in the same transaction. So the ids of a session's rows ascend in the order in which they were committed, and
// the first n of them are the same for ever, but for what a redaction masks, which has the archive's copy written anew
// [R15]: that copy is named by that n.

/** Of one session, all versions counted [I8]. */
export const MAX_ANNOTATION_ROWS = 5000

export type AnnotationKind = 'note' | 'flag' | 'rating'

/** One row of the log. */
export interface AnnotationVersion {
  /** What all versions of an annotation have in common: the number of the first one. */
  id: string
  /** The number of this row. */
  version: string
  kind: AnnotationKind
  text: string
  /** Who wrote this version. */
  author: string
  role: string
  /** The moment it is about, in server time. */
  atMs: number
  targetSeq: number | null
  /** 1–5, of a rating. */
  value: number | null
  retracted: boolean
  /** Its event in the recording, where it was made while the session was active. */
  source: number | null
  sourceSeq: number | null
  createdAtMs: number
}

export interface Author {
  role: string
  sub: string
}

export interface NewNote {
  kind: 'note' | 'flag'
  text: string
  atMs: number
  targetSeq: number | null
  event: { source: number; sourceSeq: number } | null
  /** What its author calls it: the same one again adds nothing. Null: nobody will ask again. */
  requestKey: string | null
}

/** Why nothing was added. */
export type NotAdded = 'no session' | 'full'

/** Adds a note or flag, or finds the one that the same author has added under the same key. Throws StoreError. */
export async function addNote(
  db: Database,
  sessionId: string,
  by: Author,
  note: NewNote,
): Promise<AnnotationVersion | NotAdded> {
  return changing(db, sessionId, async (tx) => {
    const [known] =
      note.requestKey === null
        ? []
        : await tx<Row[]>`
            select ${columns(tx)} from annotations where session_id = ${sessionId} and role = ${by.role}
              and author = ${by.sub} and request_key = ${note.requestKey}`
    if (known) return versionOf(known)
    const { event, requestKey, ...rest } = note
    return insert(tx, sessionId, {
      ...rest,
      by,
      value: null,
      supersedes: null,
      retracted: false,
      source: event?.source ?? null,
      sourceSeq: event?.sourceSeq ?? null,
      requestKey,
    })
  })
}

/** The note that its author has added under this key. Throws StoreError. */
export async function findNote(
  db: Database,
  sessionId: string,
  by: Author,
  requestKey: string,
): Promise<AnnotationVersion | null> {
  const [row] = await read(
    () => db.sql<Row[]>`
      select ${columns(db.sql)} from annotations where session_id = ${sessionId} and role = ${by.role}
        and author = ${by.sub} and request_key = ${requestKey}`,
  )
  return row ? versionOf(row) : null
}

/**
 * Adds a later version of a note or flag, or the one that takes it away (`null`). Nothing is added where the newest
 * version says the same already. `'forbidden'`: neither its author nor the service asks. Throws StoreError.
 */
export async function changeNote(
  db: Database,
  sessionId: string,
  id: string,
  by: Author,
  change: { kind?: 'note' | 'flag' | undefined; text?: string | undefined } | null,
): Promise<AnnotationVersion | NotAdded | 'not found' | 'forbidden'> {
  return changing(db, sessionId, async (tx) => {
    const rows = await tx<Row[]>`
      select ${columns(tx)} from annotations
      where session_id = ${sessionId} and kind <> 'rating' and (id = ${id} or supersedes = ${id}) order by id`
    const [first, newest] = [rows[0], rows.at(-1)]
    if (!first || !newest || first.root !== id) return 'not found'
    if (by.role !== 'service' && (first.role !== by.role || first.author !== by.sub)) return 'forbidden'
    if (newest.retracted) return change === null ? versionOf(newest) : 'not found'
    const kind = change?.kind ?? (newest.kind as 'note' | 'flag')
    const text = change?.text ?? newest.text
    if (change !== null && kind === newest.kind && toColumnText(text) === newest.text)
      return versionOf(newest)
    return insert(tx, sessionId, {
      kind,
      text,
      by,
      atMs: first.at.getTime(),
      targetSeq: first.targetSeq === null ? null : Number(first.targetSeq),
      value: null,
      supersedes: id,
      retracted: change === null,
      source: first.source,
      sourceSeq: first.sourceSeq === null ? null : Number(first.sourceSeq),
      requestKey: null,
    })
  })
}

/**
 * Rates a committed turn of the chat, or takes its rating away (`value` null); the turn's typed row follows.
 * @param sentValue what counts without a rating: the `promptQuality` that was sent with the turn
 * Throws StoreError.
 */
export async function rateTurn(
  db: Database,
  sessionId: string,
  by: Author,
  turn: { seq: number; atMs: number; sentValue: number | null },
  value: number | null,
): Promise<'done' | NotAdded> {
  const result = await changing(db, sessionId, async (tx) => {
    const rows = await tx<Row[]>`
      select ${columns(tx)} from annotations
      where session_id = ${sessionId} and kind = 'rating' and target_seq = ${turn.seq} order by id`
    const newest = rows.at(-1)
    const before = newest && !newest.retracted ? newest.value : null
    if (before === value) return 'done' as const
    const added = await insert(tx, sessionId, {
      kind: 'rating',
      text: '',
      by,
      atMs: turn.atMs,
      targetSeq: turn.seq,
      value,
      supersedes: rows[0]?.version ?? null,
      retracted: value === null,
      source: null,
      sourceSeq: null,
      requestKey: null,
    })
    if (typeof added === 'string') return added
    await tx`
      update claude_interactions set prompt_quality = ${value ?? turn.sentValue}
      where session_id = ${sessionId} and seq = ${turn.seq}`
    return 'done' as const
  })
  return result
}

/** The ratings that count, 1–5, by the seq of the rated turn. Throws StoreError. */
export async function currentRatings({ sql }: Database, sessionId: string): Promise<Map<number, number>> {
  const rows = await read(
    () => sql<{ seq: string; value: number; retracted: boolean }[]>`
      select distinct on (target_seq) target_seq as seq, value, retracted from annotations
      where session_id = ${sessionId} and kind = 'rating' order by target_seq, id desc`,
  )
  return new Map(rows.flatMap((row) => (row.retracted ? [] : [[Number(row.seq), row.value]])))
}

/** The notes and flags that are no events, as of after the close, and stand. Throws StoreError. */
export async function currentLaterRemarks(
  { sql }: Database,
  sessionId: string,
): Promise<{ kind: 'note' | 'flag'; atMs: number; targetSeq: number | null }[]> {
  const rows = await read(
    () => sql<{ kind: 'note' | 'flag'; at: Date; targetSeq: string | null }[]>`
      select kind, at, target_seq as "targetSeq" from (
        select distinct on (coalesce(supersedes, id)) kind, at, target_seq, retracted from annotations
        where session_id = ${sessionId} and kind <> 'rating' and source is null
        order by coalesce(supersedes, id), id desc
      ) newest where not retracted`,
  )
  return rows.map(({ kind, at, targetSeq }) => ({
    kind,
    atMs: at.getTime(),
    targetSeq: targetSeq === null ? null : Number(targetSeq),
  }))
}

/** The newest version of each annotation that was not taken away, in the order of their ids. Throws StoreError. */
export async function currentAnnotations(
  { sql }: Database,
  sessionId: string,
  afterId: string,
  limit: number,
): Promise<AnnotationVersion[]> {
  const rows = await read(
    () => sql<Row[]>`
      select * from (
        select distinct on (coalesce(supersedes, id)) ${columns(sql)} from annotations
        where session_id = ${sessionId} and coalesce(supersedes, id) > ${afterId}
        order by coalesce(supersedes, id), id desc
      ) newest where not retracted order by root limit ${limit}`,
  )
  return rows.map(versionOf)
}

/** The rows of the log as they were added. Throws StoreError. */
export async function annotationVersions(
  { sql }: Database,
  sessionId: string,
  afterVersion: string,
  limit: number,
): Promise<AnnotationVersion[]> {
  const rows = await read(
    () => sql<Row[]>`
      select ${columns(sql)} from annotations where session_id = ${sessionId} and id > ${afterVersion}
      order by id limit ${limit}`,
  )
  return rows.map(versionOf)
}

interface Row extends Omit<AnnotationVersion, 'id' | 'atMs' | 'createdAtMs' | 'targetSeq' | 'sourceSeq'> {
  root: string
  at: Date
  createdAt: Date
  targetSeq: string | null
  sourceSeq: string | null
}

const columns = (sql: Sql | Tx) => sql`
  coalesce(supersedes, id) as root, id as version, kind, text, author, role, at, target_seq as "targetSeq", value,
  retracted, source, source_seq as "sourceSeq", created_at as "createdAt"`

const versionOf = ({ root, at, createdAt, targetSeq, sourceSeq, ...row }: Row): AnnotationVersion => ({
  id: root,
  version: row.version,
  kind: row.kind,
  text: row.text,
  author: row.author,
  role: row.role,
  atMs: at.getTime(),
  targetSeq: targetSeq === null ? null : Number(targetSeq),
  value: row.value,
  retracted: row.retracted,
  source: row.source,
  sourceSeq: sourceSeq === null ? null : Number(sourceSeq),
  createdAtMs: createdAt.getTime(),
})

interface NewRow {
  kind: AnnotationKind
  text: string
  by: Author
  atMs: number
  targetSeq: number | null
  value: number | null
  supersedes: string | null
  retracted: boolean
  source: number | null
  sourceSeq: number | null
  requestKey: string | null
}

async function insert(tx: Tx, sessionId: string, row: NewRow): Promise<AnnotationVersion | 'full'> {
  const counted = await tx`
    update session_recordings set annotation_count = annotation_count + 1
    where id = ${sessionId} and annotation_count < ${MAX_ANNOTATION_ROWS} and erase_requested_at is null
    returning id`
  if (counted.length === 0) return 'full'
  const [inserted] = await tx<Row[]>`
    insert into annotations (session_id, kind, text, author, role, at, target_seq, value, supersedes, retracted, source,
      source_seq, request_key)
    values (${sessionId}, ${row.kind}, ${toColumnText(row.text)}, ${row.by.sub}, ${row.by.role},
      ${new Date(row.atMs)}, ${row.targetSeq}, ${row.value}, ${row.supersedes}, ${row.retracted}, ${row.source},
      ${row.sourceSeq}, ${row.requestKey})
    returning ${columns(tx)}`
  return versionOf(inserted as Row)
}

/** Runs `act` under the lock of the session's row. */
async function changing<T>(
  db: Database,
  sessionId: string,
  act: (tx: Tx) => Promise<T>,
): Promise<T | 'no session'> {
  return read(() =>
    db.transact(async (tx) => {
      const [session] = await tx`
        select id from session_recordings where id = ${sessionId} and erase_requested_at is null
        for no key update`
      return session ? act(tx) : ('no session' as const)
    }),
  )
}

async function read<T>(query: () => PromiseLike<T>): Promise<T> {
  try {
    return await query()
  } catch (error) {
    throw toStoreError(error)
  }
}
