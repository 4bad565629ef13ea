import {
  erasedLately,
  eraseSession,
  erasuresUnderWay,
  RETENTION,
  removeLeftovers,
  requestErasure,
} from '../../db/erasure.js'
import { type PurgeContext, purgeableSessions, purgeSession } from './purge-session.js'

export interface RetentionContext extends PurgeContext {
  /** A recording is erased so long after its close; 0: never. */
  retainArchiveMs: number
  /** How often this is run. */
  retentionEveryMs: number
  onPurged?: (events: number) => void
}

/** A run ends after so many, so that what else there is to do has its turn. */
const PER_RUN = 200

/**
 * What goes with time: recordings that are to be erased, archives and rows whose term is over. Each task fails alone, and
 * so does each session [I7]. Throws the first error, with all else done.
 */
export async function retention(context: RetentionContext, signal?: AbortSignal): Promise<void> {
  const errors: unknown[] = []
  const each = async (ids: Promise<string[]>, act: (id: string) => Promise<unknown>) => {
    try {
      for (const id of await ids) {
        if (signal?.aborted) return
        await act(id).catch((error: unknown) => errors.push(error))
      }
    } catch (error) {
      errors.push(error)
    }
  }
  await each(expiredSessions(context), (id) => requestErasure(context.db, id, RETENTION))
  await each(erasuresUnderWay(context.db, PER_RUN), (id) => eraseSession(context, id))
  await each(erasedLately(context.db, context.retentionEveryMs), (id) => removeLeftovers(context, id))
  await each(purgeableSessions(context, PER_RUN), async (id) => {
    const events = await purgeSession(context, id, signal)
    context.onPurged?.(events)
  })
  if (errors.length > 0) throw errors[0]
}

async function expiredSessions({ db, clock, retainArchiveMs }: RetentionContext): Promise<string[]> {
  if (retainArchiveMs === 0) return []
  const rows = await db.sql<{ id: string }[]>`
    select id from session_recordings
    where status <> 'ACTIVE' and erase_requested_at is null
      and close_requested_at < ${new Date(clock() - retainArchiveMs)}
    order by close_requested_at limit ${PER_RUN}`
  return rows.map((row) => row.id)
}
