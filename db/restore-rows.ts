import type { ArchivableEvent, ArchivableSnapshot } from '../protocol/archive-lines.js'
import { parseQuietly } from '../protocol/archive-lines.js'
import { joinParts, partOf } from '../protocol/parts.js'
import { currentRatings } from './annotations.js'
import type { RecordingReader } from './archive/read-recording.js'
import type { Recordings } from './archive/recordings.js'
import type { Database, Tx } from './connect.js'
import { StoreError, toStoreError } from './errors.js'
import { insertEventRows } from './event-rows.js'
import {
  contentColumns,
  type InteractionRow,
  insertTypedRows,
  interactionColumns,
  type TestResultRow,
  testResultColumns,
} from './typed-rows.js'

/** Of one transaction, but for a single larger row. */
const MAX_ROWS = 2000
const MAX_SNAPSHOT_CHARS = 4 * 1024 * 1024

/**
 * Puts the rows that were purged of a session back from its archive: the newest range first, in small transactions,
 * `purged_through_seq` going down with each. Running it again, beside itself or after dying between any two lines is
 * harmless; where nothing is purged it does nothing.
 *
 * The archive counts as outdated from then on (state pending, one generation higher), so that no purge works against
 * it. It is written again by whoever comes first; then the rows may be purged again. So whoever changes rows locks
 * the session's row, looks whether `purged_through_seq` is 0, restores again where it is not, and sets the archive
 * pending with a higher generation in the same transaction.
 *
 * Throws StoreError, also for a session that is gone (conflict, GONE), or the ArchiveError of an archive that is away
 * or damaged: what was restored until then stays.
 */
export async function restoreRows(db: Database, recordings: Recordings, sessionId: string): Promise<void> {
  for (;;) {
    const place = await outdateArchive(db, sessionId)
    if (place.purgedThroughSeq === 0) return
    await restoreGeneration(db, recordings, sessionId, place)
  }
}

/**
 * Puts rows back while the archive is due under the generation it was found with. INVARIANT: what was read of it becomes
 * rows under that generation only. A reader that stood still for long may hold what a redaction has masked since, and
 * that may be purged again up to the same seq [R15].
 */
async function restoreGeneration(
  db: Database,
  recordings: Recordings,
  sessionId: string,
  begun: Place,
): Promise<void> {
  // What is kept of an older reading must not decide what becomes rows again.
  const reader = await recordings.openAnew(begun.storagePath)
  const ratings = await currentRatings(db, sessionId)
  let place = begun
  while (place.purgedThroughSeq > 0 && place.generation === begun.generation) {
    const { generation, purgedThroughSeq: throughSeq } = place
    const segment = await reader.readEventRows(throughSeq)
    const rows = segment?.filter((row) => row.seq <= throughSeq).slice(-MAX_ROWS) ?? []
    const [first] = rows
    // The reader has verified the bytes; an archive that ends before what was purged from it is another one.
    if (first === undefined || rows.at(-1)?.seq !== throughSeq) {
      throw new StoreError('unavailable', 'postgres', 'ARCHIVE_TOO_SHORT')
    }
    await restoreSnapshots(db, reader, sessionId, rows, generation)
    const typed = await typedRowsOf(reader, sessionId, rows, ratings)
    place = await inPlace(db, sessionId, async (tx, found) => {
      // Somebody else was faster, or purged more: go on from where it stands now.
      if (found.purgedThroughSeq !== throughSeq || found.generation !== generation) return found
      await insertEventRows(tx, sessionId, rows)
      await insertTypedRows(tx, { snapshots: [], ...typed })
      const purgedThroughSeq = first.seq - 1
      await tx`
        update session_recordings set purged_through_seq = ${purgedThroughSeq} where id = ${sessionId}`
      return { ...found, purgedThroughSeq }
    })
  }
}

interface Place {
  /** Of the archive that is due. */
  generation: number
  purgedThroughSeq: number
  storagePath: string
}

/** Runs `act` under the lock of the session's row. */
async function inPlace(
  db: Database,
  sessionId: string,
  act: (tx: Tx, found: Place) => Promise<Place>,
): Promise<Place> {
  try {
    return await db.transact(async (tx) => {
      const [row] = await tx<{ generation: number; purged: string; storagePath: string | null }[]>`
        select archive_generation as generation, purged_through_seq as purged, storage_path as "storagePath"
        from session_recordings where id = ${sessionId} and erase_requested_at is null for update`
      if (!row) throw new StoreError('conflict', 'postgres', 'GONE')
      const { generation, purged, storagePath } = row
      return act(tx, { generation, purgedThroughSeq: Number(purged), storagePath: storagePath ?? '' })
    })
  } catch (error) {
    throw toStoreError(error)
  }
}

const outdateArchive = (db: Database, sessionId: string): Promise<Place> =>
  inPlace(db, sessionId, async (tx, found) => {
    const { count } = await tx`
      update session_recordings
      set archive_state = 'pending', archive_generation = archive_generation + 1, archive_attempts = 0,
        archive_retry_at = null
      where id = ${sessionId} and purged_through_seq > 0 and archive_state = 'verified'`
    return { ...found, generation: found.generation + count }
  })

/**
 * Puts the snapshots of a range of events back. They come before their events and in transactions of their own: one
 * more row than the log needs harms nobody, and a range of large texts need not fit into memory.
 */
async function restoreSnapshots(
  db: Database,
  reader: RecordingReader,
  sessionId: string,
  rows: readonly ArchivableEvent[],
  generation: number,
): Promise<void> {
  const [firstSeq, lastSeq] = [rows[0]?.seq ?? 0, rows.at(-1)?.seq ?? 0]
  const sourceOf = (seq: number) => rows[seq - firstSeq]?.source ?? 0
  let waiting: ArchivableSnapshot[] = []
  let chars = 0
  const put = async () => {
    const snapshots = waiting.map(({ content, diffFromPrevious, timestampMs, ...row }) => ({
      session_id: sessionId,
      seq: row.seq,
      source: sourceOf(row.seq),
      file_id: row.fileId,
      file_name: row.fileName,
      language: row.language,
      content_hash: row.contentHash,
      ...contentColumns(content),
      diff_from_previous: diffFromPrevious,
      lines_added: row.linesAdded,
      lines_deleted: row.linesDeleted,
      timestamp: new Date(timestampMs),
    }))
    waiting = []
    chars = 0
    await inPlace(db, sessionId, async (tx, found) => {
      if (found.generation !== generation) return found
      await insertTypedRows(tx, { snapshots, interactions: [], testResults: [] })
      return found
    })
  }
  for await (const snapshot of reader.readSnapshots({ afterSeq: firstSeq - 1 })) {
    if (snapshot.seq > lastSeq) break
    waiting.push(snapshot)
    chars += snapshot.content.length
    if (chars > MAX_SNAPSHOT_CHARS) await put()
  }
  if (waiting.length > 0) await put()
}

/** The rows of turns and test results that a range of events has, as the flush once made them, with their ratings. */
async function typedRowsOf(
  reader: RecordingReader,
  sessionId: string,
  rows: readonly ArchivableEvent[],
  ratings: ReadonlyMap<number, number>,
): Promise<{ interactions: InteractionRow[]; testResults: TestResultRow[] }> {
  const typed = { interactions: [] as InteractionRow[], testResults: [] as TestResultRow[] }
  for (const row of rows) {
    if (row.type !== 'ai_interaction' && row.type !== 'test_result') continue
    const data = await wholeData(reader, rows, row)
    if (data === null) continue
    const place = { session_id: sessionId, seq: row.seq, timestamp: new Date(row.timestampMs) }
    if (row.type === 'test_result') typed.testResults.push({ ...place, ...testResultColumns(data) })
    else {
      const columns = interactionColumns(data)
      const prompt_quality = ratings.get(row.seq) ?? columns.prompt_quality
      typed.interactions.push({ ...place, ...columns, prompt_quality })
    }
  }
  return typed
}

/** Of the last of several pieces the whole text; null for the others, and where one is missing [R7]. */
async function wholeData(
  reader: RecordingReader,
  rows: readonly ArchivableEvent[],
  row: ArchivableEvent,
): Promise<Record<string, unknown> | null> {
  const own = parseQuietly(row.dataJson) as Record<string, unknown>
  const part = partOf(own)
  if (part === null) return own
  if (part.index < part.count - 1) return null
  const pieces = [own]
  // Backwards through the range, then through the segments before it.
  let firstSeq = rows[0]?.seq ?? 1
  let before: readonly ArchivableEvent[] = rows.slice(0, row.seq - firstSeq)
  while (pieces.length < part.count) {
    const piece = before.findLast((event) => event.source === row.source)
    if (piece === undefined) {
      const seqBefore = firstSeq - 1
      const segment = seqBefore < 1 ? null : await reader.readEventRows(seqBefore)
      if (segment === null) return null
      before = segment.filter((event) => event.seq <= seqBefore)
      firstSeq = before[0]?.seq ?? 1
      continue
    }
    before = before.slice(0, before.indexOf(piece))
    const data = piece.type === row.type ? (parseQuietly(piece.dataJson) as Record<string, unknown>) : null
    const found = partOf(data)
    if (data === null || found?.id !== part.id || found.index !== part.count - 1 - pieces.length) return null
    pieces.unshift(data)
  }
  return joinParts(row.type, pieces)
}
