import type { Tx } from '../../db/connect.js'
import type { SnapshotRow, TypedRowReader, TypedRows } from './typed-rows.js'

/** Rows per INSERT: PostgreSQL takes 65,534 parameters in one statement. */
const ROWS_PER_INSERT = 1000

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
  earlierPieces: async (sessionId, source, fromSourceSeq, toSourceSeq) => {
    const rows = await tx<{ data: unknown }[]>`
      select data from session_events
      where session_id = ${sessionId} and source = ${source} and source_seq between ${fromSourceSeq} and ${toSourceSeq}
      order by source_seq`
    return rows.map((row) => row.data)
  },
})

export async function insertTypedRows(tx: Tx, rows: TypedRows): Promise<void> {
  for (const some of chunks(rows.snapshots)) {
    await tx`insert into code_snapshots ${tx(some.map((row) => withJson(tx, row)) as never)}`
  }
  for (const some of chunks(rows.interactions)) await tx`insert into claude_interactions ${tx(some as never)}`
  for (const some of chunks(rows.testResults)) await tx`insert into test_results ${tx(some as never)}`
}

/** OID of the type json. The driver's own json helper sends jsonb, which refuses NULs and lone surrogates [R8]. */
const JSON_OID = 114

const withJson = (tx: Tx, row: SnapshotRow) => {
  const json = (value: unknown) => (value === null ? null : tx.typed(value as never, JSON_OID))
  return {
    ...row,
    content_original: json(row.content_original),
    diff_from_previous: json(row.diff_from_previous),
  }
}

function chunks<T>(rows: readonly T[]): T[][] {
  const result: T[][] = []
  for (let i = 0; i < rows.length; i += ROWS_PER_INSERT) result.push(rows.slice(i, i + ROWS_PER_INSERT))
  return result
}
