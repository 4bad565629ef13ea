import type { Database } from './connect.js'
import { isUniqueViolation, toStoreError } from './errors.js'
import type { SourceIdentity } from './sessions.js'

export interface ExtendedTime {
  /** Seconds. */
  timeLimit: number
  /** When it is over, epoch seconds. */
  endSec: number
}

export interface TimeLimit {
  /** Seconds. */
  timeLimit: number
  /** When it is over, epoch ms. */
  endMs: number
  /** Whether more time was ever given. */
  isExtended: boolean
}

/** Null where a session has no time limit, or takes nothing any more. Throws StoreError. */
export async function readTimeLimit({ sql }: Database, sessionId: string): Promise<TimeLimit | null> {
  try {
    const [limit] = await sql<TimeLimit[]>`
      select s.time_limit as "timeLimit",
        floor((extract(epoch from s.start_time) + s.time_limit) * 1000)::float8 as "endMs",
        exists (select from session_sources e where e.session_id = s.id and e.source_id like 'extend %') as "isExtended"
      from session_recordings s
      where s.id = ${sessionId} and s.close_requested_at is null and s.erase_requested_at is null
        and s.time_limit is not null`
    return limit ?? null
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The source under which an extension is recorded: its space is in no sender's name. */
export const extensionSourceId = (requestId: string): string => `extend ${requestId}`

/**
 * Gives an active session more time, once for each source: the source under which the extension is recorded is
 * registered in the same transaction, and one that is known has had its extension. Null where the session is not
 * active. Throws StoreError.
 */
export async function extendTime(
  db: Database,
  sessionId: string,
  { role, sub, sourceId }: SourceIdentity,
  bySec: number,
): Promise<ExtendedTime | null> {
  try {
    return await db.transact(async (tx) => {
      const [session] = await tx<ExtendedTime[]>`
        update session_recordings
        set next_source = next_source + 1, time_limit = coalesce(time_limit, 0) + ${bySec}
        where id = ${sessionId} and status = 'ACTIVE' and close_requested_at is null and erase_requested_at is null and not exists (
          select from session_sources s where s.session_id = ${sessionId} and s.role = ${role} and s.sub = ${sub}
            and s.source_id = ${sourceId})
        returning time_limit as "timeLimit", ceil(extract(epoch from start_time) + time_limit)::float8 as "endSec"`
      if (session) {
        await tx`
          insert into session_sources (session_id, source, role, sub, source_id)
          select id, next_source - 1, ${role}, ${sub}, ${sourceId} from session_recordings
          where id = ${sessionId} and erase_requested_at is null`
        return session
      }
      const [known] = await tx<ExtendedTime[]>`
        select time_limit as "timeLimit", ceil(extract(epoch from start_time) + time_limit)::float8 as "endSec"
        from session_recordings
        where id = ${sessionId} and status = 'ACTIVE' and close_requested_at is null and erase_requested_at is null`
      return known ?? null
    })
  } catch (error) {
    // Asked twice at once: the other one has given the time.
    if (isUniqueViolation(error)) return extendTime(db, sessionId, { role, sub, sourceId }, bySec)
    throw toStoreError(error)
  }
}
