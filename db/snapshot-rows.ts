import type { ArchivableSnapshot } from '../protocol/archive-lines.js'
import type { Json } from '../protocol/events.js'
import type { Sql, Tx } from './connect.js'

/** A row of code_snapshots as the driver gives it, by {@link snapshotColumns}. */
export interface SnapshotEntry extends Omit<ArchivableSnapshot, 'seq' | 'timestampMs' | 'diffFromPrevious'> {
  seq: string
  timestamp: Date
  original: string | null
  diff: Json
}

/** All of a row that an archive takes. */
export const snapshotColumns = (sql: Sql | Tx) => sql`
  seq, file_id as "fileId", file_name as "fileName", language, content_hash as "contentHash",
  full_content as content, content_original as original, diff_from_previous as diff,
  lines_added as "linesAdded", lines_deleted as "linesDeleted", "timestamp"`

/** A row as an archive takes it. */
export const archivableSnapshot = ({
  original,
  diff,
  timestamp,
  ...row
}: SnapshotEntry): ArchivableSnapshot => ({
  ...row,
  seq: Number(row.seq),
  timestampMs: timestamp.getTime(),
  content: original ?? row.content,
  diffFromPrevious: diff,
})
