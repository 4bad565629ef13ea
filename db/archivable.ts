import type { ArchivableEvent, ArchivableSnapshot } from '../protocol/archive-lines.js'
import type { Json } from '../protocol/events.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Database } from './connect.js'
import { toStoreError } from './errors.js'

const EVENTS_PER_PAGE = 1000
const SNAPSHOTS_PER_PAGE = 50

/** The rows of a session up to a seq, as an archive takes them, a page at a time. Throws StoreError. */
export async function* archivableEvents(
  { sql }: Database,
  sessionId: string,
  throughSeq: number,
): AsyncIterable<ArchivableEvent[]> {
  let after = 0
  while (after < throughSeq) {
    const rows = await query(
      () => sql<
        (Omit<ArchivableEvent, 'seq' | 'sourceSeq' | 'timestampMs' | 'receivedAtMs'> & {
          seq: string
          sourceSeq: string
          timestamp: Date
          receivedAt: Date
          meta: EventMeta | null
        })[]
      >`
        select seq, type, "timestamp", data::text as "dataJson", file_id as "fileId", checkpoint, source,
          source_seq as "sourceSeq", received_at as "receivedAt", meta
        from session_events where session_id = ${sessionId} and seq > ${after} and seq <= ${throughSeq}
        order by seq limit ${EVENTS_PER_PAGE}`,
    )
    if (rows.length === 0) return
    after = Number(rows.at(-1)?.seq)
    yield rows.map(({ meta, timestamp, receivedAt, ...row }) => ({
      ...row,
      seq: Number(row.seq),
      sourceSeq: Number(row.sourceSeq),
      timestampMs: timestamp.getTime(),
      receivedAtMs: receivedAt.getTime(),
      fileId: meta?.fileId ?? row.fileId,
      ...(meta?.rawTimestamp === undefined ? {} : { rawTimestamp: meta.rawTimestamp }),
      ...(meta?.flags === undefined ? {} : { flags: meta.flags }),
    }))
  }
}

export async function* archivableSnapshots(
  { sql }: Database,
  sessionId: string,
  throughSeq: number,
): AsyncIterable<ArchivableSnapshot[]> {
  let after = 0
  while (after < throughSeq) {
    const rows = await query(
      () => sql<
        (Omit<ArchivableSnapshot, 'seq' | 'timestampMs'> & {
          seq: string
          timestamp: Date
          original: string | null
          diff: Json
        })[]
      >`
        select seq, file_id as "fileId", file_name as "fileName", language, content_hash as "contentHash",
          full_content as content, content_original as original, diff_from_previous as diff,
          lines_added as "linesAdded", lines_deleted as "linesDeleted", "timestamp"
        from code_snapshots where session_id = ${sessionId} and seq > ${after} and seq <= ${throughSeq}
        order by seq limit ${SNAPSHOTS_PER_PAGE}`,
    )
    if (rows.length === 0) return
    after = Number(rows.at(-1)?.seq)
    yield rows.map(({ original, diff, timestamp, ...row }) => ({
      ...row,
      seq: Number(row.seq),
      timestampMs: timestamp.getTime(),
      content: original ?? row.content,
      diffFromPrevious: diff,
    }))
  }
}

/** Counts that follow from the rows alone, for the archive's metadata. */
export async function countByType({ sql }: Database, sessionId: string): Promise<Record<string, number>> {
  const rows = await query(
    () => sql<{ type: string; count: string }[]>`
      select type, count(*) from session_events where session_id = ${sessionId} group by type order by type`,
  )
  return Object.fromEntries(rows.map((row) => [row.type, Number(row.count)]))
}

async function query<T>(run: () => PromiseLike<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw toStoreError(error)
  }
}
