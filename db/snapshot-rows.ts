import type { ArchivableSnapshot } from '../protocol/archive-lines.js'
import type { ChainedSnapshot } from '../protocol/chain-lines.js'
import type { Json } from '../protocol/events.js'
import type { Sql, Tx } from './connect.js'
import type { SnapshotRow } from './typed-rows.js'

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

/** A row that is about to be inserted, as its link of the chain takes it. */
export const chainedSnapshot = (row: SnapshotRow): ChainedSnapshot => ({
  seq: row.seq,
  fileId: row.file_id,
  fileName: row.file_name,
  language: row.language,
  contentHash: row.content_hash,
  diffFromPrevious: row.diff_from_previous as Json,
  linesAdded: row.lines_added,
  linesDeleted: row.lines_deleted,
  timestampMs: row.timestamp.getTime(),
})
