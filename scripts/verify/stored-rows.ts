import type { Sql } from '../../db/connect.js'
import { archivableEvent, type EventRow, eventColumns } from '../../db/event-rows.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from '../../db/snapshot-rows.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'

const EVENTS_AT_ONCE = 500
const SNAPSHOTS_AT_ONCE = 20

/** All rows of session_events of a session, whatever their seqs, in order. */
export async function* storedEvents(sql: Sql, sessionId: string): AsyncGenerator<ArchivableEvent> {
  for (let after: string | null = null; ; ) {
    const rows: EventRow[] = await sql<EventRow[]>`
      select ${eventColumns(sql)} from session_events
      where session_id = ${sessionId} and (${after}::bigint is null or seq > ${after})
      order by seq limit ${EVENTS_AT_ONCE}`
    for (const row of rows) yield archivableEvent(row)
    after = rows.at(-1)?.seq ?? null
    if (after === null) return
  }
}

/** All rows of code_snapshots in the same way, each with the source it says. */
export async function* storedSnapshots(
  sql: Sql,
  sessionId: string,
): AsyncGenerator<ArchivableSnapshot & { source: number }> {
  for (let after: string | null = null; ; ) {
    const rows: (SnapshotEntry & { source: number })[] = await sql<(SnapshotEntry & { source: number })[]>`
      select ${snapshotColumns(sql)}, source from code_snapshots
      where session_id = ${sessionId} and (${after}::bigint is null or seq > ${after})
      order by seq limit ${SNAPSHOTS_AT_ONCE}`
    for (const { source, ...row } of rows) yield { ...archivableSnapshot(row), source }
    after = rows.at(-1)?.seq ?? null
    if (after === null) return
  }
}
