import type { Tx } from '../../db/connect.js'
import type { TypedRowReader } from './typed-rows.js'

/** Reads under the locks of the flush transaction. */
export const typedRowReader = (tx: Tx): TypedRowReader => ({
  lastSnapshot: async (sessionId, fileId, source) => {
    const [row] = await tx<
      { seq: string; source: number; hash: string; content: string; original: string | null }[]
    >`
      select seq, source, content_hash as hash, full_content as content, content_original as original
      from code_snapshots where session_id = ${sessionId} and file_id = ${fileId}
      order by (source = ${source}) desc, seq desc limit 1`
    if (!row) return null
    return {
      seq: Number(row.seq),
      source: row.source,
      contentHash: row.hash,
      content: row.original ?? row.content,
    }
  },
  earlierPieces: async (sessionId, source, fromSourceSeq, toSourceSeq, type) => {
    const rows = await tx<{ data: unknown }[]>`
      select data from session_events
      where session_id = ${sessionId} and source = ${source} and source_seq between ${fromSourceSeq} and ${toSourceSeq}
        and type = ${type}
      order by source_seq`
    return rows.map((row) => row.data)
  },
})
