import { getSession } from '../../db/sessions.js'
import { ANALYSIS_VERSION } from '../../replay/analysis/index.js'
import { analyseSession } from './analyse-session.js'
import type { ArchiveContext } from './archive-session.js'

const PER_SWEEP = 20

/** While there are none, only one look in so many is taken: it goes through all sessions. */
const LOOKS_LEFT_OUT = 11

/** {@link analyseOutdated}, for a caller that comes again and again. */
export function outdatedAnalyses(context: ArchiveContext): () => Promise<void> {
  let leftOut = 0
  return async () => {
    if (leftOut > 0) leftOut--
    else if ((await analyseOutdated(context)) === 0) leftOut = LOOKS_LEFT_OUT
  }
}

/**
 * Computes closed sessions of which nothing is stored, or what another version of the code once computed: they would be
 * missing among those that sessions are compared with. Any of them, so that one that fails is not always the first.
 * @returns how many it tried
 */
export async function analyseOutdated({ db, stores, onAnalysisFailed }: ArchiveContext): Promise<number> {
  const rows = await db.sql<{ id: string }[]>`
    select r.id from session_recordings r left join session_analyses a on a.session_id = r.id
    where r.status <> 'ACTIVE' and r.archive_state = 'verified' and r.erase_requested_at is null
      and coalesce(a.version, -1) < ${ANALYSIS_VERSION}
    order by random() limit ${PER_SWEEP}`
  for (const { id } of rows) {
    try {
      const row = await getSession(db, id)
      if (row !== null) await analyseSession(stores, row)
    } catch (error) {
      onAnalysisFailed(error)
    }
  }
  return rows.length
}
