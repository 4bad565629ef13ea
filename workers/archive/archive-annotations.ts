import { annotationVersions } from '../../db/annotations.js'
import { writeAnnotations } from '../../db/archive/annotations-object.js'
import { removeArchiveIfErased } from '../../db/erasure.js'
import { getSession } from '../../db/sessions.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { ArchiveContext } from './archive-session.js'

const ROWS_PER_PAGE = 500
/** A store that is away is asked again only so often. */
const RETRY_SEC = 30

/**
 * Writes what was noted and rated beside an archive that is there, where it has more than its copy [R16]. Running it
 * again, or twice at once, is harmless: the row says of which generation the copy is, and a copy that an older run has
 * put over a newer one is due again.
 * Throws ArchiveError or StoreError; the copy stays due.
 */
export async function archiveAnnotations(context: ArchiveContext, sessionId: string): Promise<void> {
  const { db, archive } = context
  const row = await getSession(db, sessionId)
  if (row === null || row.archiveState !== 'verified') return
  const generation = row.annotationCount
  if (generation <= row.archivedAnnotationCount) return
  try {
    const rows = firstRows(context, sessionId, generation)
    const what = { sessionId, generation, signer: context.signer }
    await writeAnnotations(archive, recordingPrefix(sessionId), what, rows)
    // A redaction makes a new archive: rows that were read before it are not what the copy is to have.
    const { count } = await db.sql`
      update session_recordings
      set archived_annotation_count = case when archive_generation = ${row.archiveGeneration} then ${generation}::int else 0 end
      where id = ${sessionId} and erase_requested_at is null`
    if (count === 0) await removeArchiveIfErased({ db, recordings: context.stores.recordings }, sessionId)
  } catch (error) {
    await db.sql`
      update session_recordings set archive_retry_at = now() + make_interval(secs => ${RETRY_SEC})
      where id = ${sessionId} and archive_state = 'verified' and erase_requested_at is null`
    throw error
  }
}

/** The rows that make a generation: the first ones, as many as its number. */
async function* firstRows({ db }: ArchiveContext, sessionId: string, generation: number) {
  let after = '0'
  for (let left = generation; left > 0; ) {
    const page = await annotationVersions(db, sessionId, after, Math.min(left, ROWS_PER_PAGE))
    if (page.length === 0) return
    yield page
    after = page.at(-1)?.version ?? after
    left -= page.length
  }
}
