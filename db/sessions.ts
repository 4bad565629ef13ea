import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import type { SourceInfo } from '../protocol/events.js'
import type { SessionStatus } from '../protocol/session.js'
import type { Database } from './connect.js'
import { isUniqueViolation, StoreError, toStoreError } from './errors.js'
import { sessionRecordings, sessionSources } from './schema/tables.js'

export type SessionRow = typeof sessionRecordings.$inferSelect
export type CloseStatus = Exclude<SessionStatus, 'ACTIVE'>

export interface NewSession {
  candidateId: string
  question?: unknown
  /** Seconds. */
  timeLimit?: number | null
  /** Of so many keystrokes one is recorded. */
  keystrokeSampling?: number | undefined
  metadata?: unknown
}

/** To everybody but the erasure itself a session that is to be erased is gone [R14]. */
const isNotErased = isNull(sessionRecordings.eraseRequestedAt)

/** Creates the one recording of a candidate, or finds the one that is there. Throws StoreError. */
export async function createSession(
  db: Database,
  session: NewSession,
): Promise<{ row: SessionRow; created: boolean }> {
  return store(async () => {
    const values = {
      candidateId: session.candidateId,
      question: session.question ?? null,
      timeLimit: session.timeLimit ?? null,
      metadata: session.metadata ?? null,
      ...(session.keystrokeSampling === undefined ? {} : { keystrokeSampling: session.keystrokeSampling }),
    }
    const inserted = await db.orm
      .insert(sessionRecordings)
      .values(values)
      .onConflictDoNothing({ target: sessionRecordings.candidateId })
      .returning()
    if (inserted[0]) return { row: inserted[0], created: true }
    const found = await db.orm
      .select()
      .from(sessionRecordings)
      .where(and(eq(sessionRecordings.candidateId, session.candidateId), isNotErased))
    if (!found[0]) throw new StoreError('conflict', 'postgres', 'DELETED')
    return { row: found[0], created: false }
  })
}

export async function getSession(db: Database, id: string): Promise<SessionRow | null> {
  return store(async () => {
    const rows = await db.orm
      .select()
      .from(sessionRecordings)
      .where(and(eq(sessionRecordings.id, id), isNotErased))
    return rows[0] ?? null
  })
}

export interface SessionFilter {
  status?: SessionStatus | undefined
  candidateId?: string | undefined
  /** Null: all. */
  ids: readonly string[] | null
  limit: number
  /** Continue behind this session. */
  after?: { startTime: Date; id: string } | undefined
}

/** The newest first. */
export async function listSessions(db: Database, filter: SessionFilter): Promise<SessionRow[]> {
  if (filter.ids !== null && filter.ids.length === 0) return []
  const { after } = filter
  // PostgreSQL counts microseconds and a cursor milliseconds: compared with the cursor's own, the sessions that
  // began within its millisecond would be left out. A session that is gone has nothing better to offer.
  const afterTime = after
    ? sql`coalesce((select s.start_time from session_recordings s where s.id = ${after.id}::uuid
          and s.erase_requested_at is null),
        ${after.startTime.toISOString()}::timestamptz)`
    : sql``
  return store(() =>
    db.orm
      .select()
      .from(sessionRecordings)
      .where(
        and(
          isNotErased,
          filter.status ? eq(sessionRecordings.status, filter.status) : undefined,
          filter.candidateId ? eq(sessionRecordings.candidateId, filter.candidateId) : undefined,
          filter.ids ? inArray(sessionRecordings.id, [...filter.ids]) : undefined,
          after
            ? and(
                // Says nothing new: it is what the index begins at.
                sql`${sessionRecordings.startTime} <= ${afterTime}`,
                or(
                  sql`${sessionRecordings.startTime} < ${afterTime}`,
                  sql`${sessionRecordings.id} > ${after.id}::uuid`,
                ),
              )
            : undefined,
        ),
      )
      // As the index has it: without a word of nulls, which there are none of, all sessions would be sorted.
      .orderBy(sql`${sessionRecordings.startTime} desc nulls last`, asc(sessionRecordings.id))
      .limit(filter.limit),
  )
}

/**
 * Asks for the close of an active session. The first request decides status and time; a repeated one changes
 * nothing. The flush that finds the buffer empty and sealed completes it [R12].
 */
export async function requestClose(
  db: Database,
  id: string,
  status: CloseStatus,
  at: Date,
): Promise<SessionRow | null> {
  return store(async () => {
    await db.orm
      .update(sessionRecordings)
      .set({ closeRequestedAt: at, closeStatus: status })
      .where(
        and(
          eq(sessionRecordings.id, id),
          isNotErased,
          eq(sessionRecordings.status, 'ACTIVE'),
          sql`${sessionRecordings.closeRequestedAt} is null`,
        ),
      )
    return getSession(db, id)
  })
}

/** For the sweep, which takes some at a time: those that have to stay as they are must not stand before the others for ever [I7]. */
const inAnyOrder = sql`random()`

/** Active sessions whose close was requested and is not complete. */
export async function sessionsToClose(db: Database, limit: number): Promise<SessionRow[]> {
  return store(() =>
    db.orm
      .select()
      .from(sessionRecordings)
      .where(
        and(
          isNotErased,
          eq(sessionRecordings.status, 'ACTIVE'),
          isNotNull(sessionRecordings.closeRequestedAt),
        ),
      )
      .orderBy(inAnyOrder)
      .limit(limit),
  )
}

/** Active sessions that have shown no sign of life in PostgreSQL since `before`. */
export async function quietSessions(db: Database, before: Date, limit: number): Promise<SessionRow[]> {
  const lastSign = sql`coalesce(${sessionRecordings.lastEventAt}, ${sessionRecordings.startTime})`
  return store(() =>
    db.orm
      .select()
      .from(sessionRecordings)
      .where(
        and(
          isNotErased,
          eq(sessionRecordings.status, 'ACTIVE'),
          sql`${sessionRecordings.closeRequestedAt} is null`,
          sql`${lastSign} < ${before.toISOString()}::timestamptz`,
        ),
      )
      .orderBy(inAnyOrder)
      .limit(limit),
  )
}

/** Active sessions whose time limit ended before `before`. */
export async function sessionsPastTime({ sql }: Database, before: Date, limit: number): Promise<string[]> {
  const rows = await store(
    () => sql<{ id: string }[]>`
      select id from session_recordings
      where status = 'ACTIVE' and close_requested_at is null and erase_requested_at is null
        and start_time + make_interval(secs => time_limit) < ${before}
      limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

export interface KnownSource extends SourceInfo {
  committedSeq: number
}

/** All writers of a session, in the order of their numbers. */
export async function listSources(db: Database, sessionId: string): Promise<KnownSource[]> {
  const rows = await store(() =>
    db.orm
      .select()
      .from(sessionSources)
      .where(eq(sessionSources.sessionId, sessionId))
      .orderBy(asc(sessionSources.source)),
  )
  return rows.map((row) => ({
    source: row.source,
    sourceId: row.sourceId,
    role: row.role,
    sub: row.sub,
    userAgent: row.userAgent,
    firstSeenMs: row.firstSeen.getTime(),
    lastSeenMs: row.lastSeen.getTime(),
    committedSeq: row.committedSeq,
  }))
}

export interface SourceIdentity {
  role: SourceInfo['role']
  sub: string
  sourceId: string
}

/** Source ids are namespaced by role and sub, so that nobody can continue another's source [R1]. */
export const identityOf = ({ role, sub, sourceId }: SourceIdentity): string =>
  JSON.stringify([role, sub, sourceId])

/** What {@link identityOf} was made of. */
export function readIdentity(identity: string): SourceIdentity {
  const [role, sub, sourceId] = JSON.parse(identity) as [SourceIdentity['role'], string, string]
  return { role, sub, sourceId }
}

/** Of one session's candidate [I8]: each flush, and each look at the wall, reads what is known of all sources. */
export const MAX_CANDIDATE_SOURCES = 10_000

/**
 * Finds or numbers a writer of a session. Null where the session does not exist, 'full' where its candidate has as many
 * sources as he may have. A number, once given, never changes: it stands in the session's rows.
 */
export async function registerSource(
  db: Database,
  sessionId: string,
  identity: SourceIdentity,
  userAgent: string | null,
): Promise<{ source: number; committedSeq: number } | 'full' | null> {
  return store(async () => {
    const [known] = await db.sql<{ source: number; committedSeq: string }[]>`
      update session_sources set last_seen = now()
      where session_id = ${sessionId} and role = ${identity.role} and sub = ${identity.sub}
        and source_id = ${identity.sourceId}
      returning source, committed_seq as "committedSeq"`
    if (known) return { source: known.source, committedSeq: Number(known.committedSeq) }
    try {
      return await db.transact(async (tx) => {
        // Counted without a lock: some that come at once may get in beyond the bound.
        const [had] = await tx<{ count: number }[]>`
          select count(*)::int as count from session_sources
          where session_id = ${sessionId} and role = 'candidate'`
        if (identity.role === 'candidate' && had && had.count >= MAX_CANDIDATE_SOURCES) return 'full'
        // The session's row is the lock under which numbers are given out.
        const [next] = await tx<{ source: number }[]>`
          update session_recordings set next_source = next_source + 1
          where id = ${sessionId} and erase_requested_at is null
          returning next_source - 1 as source`
        if (!next) return null
        await tx`
          insert into session_sources (session_id, source, role, sub, source_id, user_agent)
          values (${sessionId}, ${next.source}, ${identity.role}, ${identity.sub}, ${identity.sourceId}, ${userAgent})`
        return { source: next.source, committedSeq: 0 }
      })
    } catch (error) {
      // Two connections of one new source at once: the other one has numbered it.
      if (isUniqueViolation(error)) return registerSource(db, sessionId, identity, userAgent)
      throw error
    }
  })
}

/** Runs a query; whatever the driver throws leaves as a StoreError. */
async function store<T>(query: () => PromiseLike<T>): Promise<T> {
  try {
    return await query()
  } catch (error) {
    throw toStoreError(error)
  }
}
