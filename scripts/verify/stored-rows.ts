import type { Sql } from '../../db/connect.js'
import { archivableEvent, type EventRow, eventColumns } from '../../db/event-rows.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from '../../db/snapshot-rows.js'
import { toColumnText } from '../../db/text.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'

/** A row of session_events. */
export interface StoredEvent {
  event: ArchivableEvent
  /** Whether the text column says of the path what it can hold of it [R8]. */
  columnsHold: boolean
}

/** A row of code_snapshots. */
export interface StoredSnapshot {
  snapshot: ArchivableSnapshot
  source: number
  /** Whether the text column says of the text what it can hold of it [R8]. */
  columnsHold: boolean
}

const EVENTS_AT_ONCE = 500
const SNAPSHOTS_AT_ONCE = 20

/** All rows of session_events of a session, whatever their seqs, in order. */
export async function* storedEvents(sql: Sql, sessionId: string): AsyncGenerator<StoredEvent> {
  for (let after: string | null = null; ; ) {
    const rows: EventRow[] = await sql<EventRow[]>`
      select ${eventColumns(sql)} from session_events
      where session_id = ${sessionId} and (${after}::bigint is null or seq > ${after})
      order by seq limit ${EVENTS_AT_ONCE}`
    for (const row of rows) {
      const event = archivableEvent(row)
      const columnText = event.fileId === null ? null : toColumnText(event.fileId)
      yield { event, columnsHold: row.fileId === columnText }
    }
    after = rows.at(-1)?.seq ?? null
    if (after === null) return
  }
}

/** All rows of code_snapshots in the same way. */
export async function* storedSnapshots(sql: Sql, sessionId: string): AsyncGenerator<StoredSnapshot> {
  for (let after: string | null = null; ; ) {
    const rows: (SnapshotEntry & { source: number })[] = await sql<(SnapshotEntry & { source: number })[]>`
      select ${snapshotColumns(sql)}, source from code_snapshots
      where session_id = ${sessionId} and (${after}::bigint is null or seq > ${after})
      order by seq limit ${SNAPSHOTS_AT_ONCE}`
    for (const { source, ...row } of rows) {
      const snapshot = archivableSnapshot(row)
      yield { snapshot, source, columnsHold: row.content === toColumnText(snapshot.content) }
    }
    after = rows.at(-1)?.seq ?? null
    if (after === null) return
  }
}
