import { currentRatings } from '../../db/annotations.js'
import { snapshotCodec, snapshotSeqOfRow } from '../../db/archive/row-codecs.js'
import type { ChainCheck } from '../../db/integrity/check-chain.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { checkText } from './archive-objects.js'
import { type PurgedRows, purgedRows } from './purged-rows.js'
import { type StoredSnapshot, storedEvents, storedSnapshots } from './stored-rows.js'
import { TypedRowsCheck } from './typed-rows.js'
import type { Finding, Report } from './verdict.js'
import type { SessionToVerify } from './verify-session.js'

/**
 * Gives the chain's check all events and snapshots of a session, those that were purged from its archive and the others from
 * the tables, and compares what else the tables say with what follows from these.
 */
export async function checkRows(
  report: Report,
  asked: SessionToVerify,
  row: SessionRow,
  check: ChainCheck,
): Promise<void> {
  const typed = new TypedRowsCheck(await currentRatings(asked.db, asked.sessionId))
  const purged = await purgedRows(report, asked.archive, row)
  const rows: RowsCheck = {
    report,
    asked,
    row,
    check,
    purged,
    typed,
    sources: new Map(),
    referred: new Set(),
    isNewer: async (seq) => seq <= ((await getSession(asked.db, asked.sessionId))?.eventCount ?? 0),
  }
  await checkEvents(rows)
  await checkKeptSnapshots(rows)
  await checkSnapshots(rows)
  const { purgedThroughSeq, eventCount: throughSeq } = row
  await typed.compare(report, asked.db.sql, asked.sessionId, {
    purgedThroughSeq,
    throughSeq,
    isNewer: rows.isNewer,
  })
}

interface RowsCheck {
  report: Report
  asked: SessionToVerify
  row: SessionRow
  check: ChainCheck
  purged: PurgedRows
  typed: TypedRowsCheck
  /** Of the events that may have brought a snapshot, by seq. */
  sources: Map<number, number>
  /** Snapshots of purged events that events which are still rows refer to. */
  referred: Set<number>
  /** Behind the count lies what was committed since it was read, or what nobody committed. */
  isNewer: (seq: number) => Promise<boolean>
}

async function checkEvents(rows: RowsCheck): Promise<void> {
  const { report, asked, check, purged, typed, sources, referred, isNewer } = rows
  const { purgedThroughSeq, eventCount } = rows.row
  const seen = (event: ArchivableEvent) => {
    check.addEvent(event)
    typed.add(event)
    if (event.type === 'code_snapshot') sources.set(event.seq, event.source)
  }
  for await (const event of purged.events()) seen(event)
  for await (const { event, columnsHold } of storedEvents(asked.db.sql, asked.sessionId)) {
    const { seq } = event
    if (seq > purgedThroughSeq && seq <= eventCount) {
      seen(event)
      const snapshotSeq = snapshotSeqIn(event)
      if (snapshotSeq !== null && snapshotSeq <= purgedThroughSeq) referred.add(snapshotSeq)
      if (!columnsHold) report.add(finding('session_events', seq, 'changed'))
    } else if (seq <= purgedThroughSeq || !(await isNewer(seq))) {
      report.add(finding('session_events', seq, 'added'))
    }
  }
}

/** Those that outlive the purge of their events, since later ones refer to them, beside the archive's own. */
async function checkKeptSnapshots({ report, asked, row, check, purged, sources, referred }: RowsCheck) {
  const { purgedThroughSeq } = row
  if (purgedThroughSeq === 0) return
  const kept = new Map<number, StoredSnapshot>()
  for await (const stored of storedSnapshots(asked.db.sql, asked.sessionId)) {
    if (stored.snapshot.seq > purgedThroughSeq) break
    kept.set(stored.snapshot.seq, stored)
  }
  for (const seq of referred) if (!kept.has(seq)) report.add(finding('code_snapshots', seq, 'removed'))
  for await (const snapshot of purged.snapshots()) {
    check.addSnapshot(snapshot)
    const twin = kept.get(snapshot.seq)
    kept.delete(snapshot.seq)
    if (twin === undefined) continue
    const isSame =
      twin.columnsHold &&
      twin.source === sources.get(snapshot.seq) &&
      snapshotCodec.canonical(twin.snapshot) === snapshotCodec.canonical(snapshot)
    if (!isSame) report.add(finding('code_snapshots', snapshot.seq, 'changed'))
  }
  for (const seq of kept.keys()) report.add(finding('code_snapshots', seq, 'added'))
}

async function checkSnapshots({ report, asked, row, check, sources, isNewer }: RowsCheck): Promise<void> {
  const { purgedThroughSeq, eventCount } = row
  for await (const stored of storedSnapshots(asked.db.sql, asked.sessionId)) {
    const { snapshot, source, columnsHold } = stored
    const { seq } = snapshot
    if (seq <= purgedThroughSeq) continue
    if (seq > eventCount) {
      if (!(await isNewer(seq))) report.add(finding('code_snapshots', seq, 'added'))
      continue
    }
    check.addSnapshot(snapshot)
    checkText(report, snapshot)
    if (!columnsHold || sources.get(seq) !== source) report.add(finding('code_snapshots', seq, 'changed'))
  }
}

/** Null of what can't be parsed: it is not what its link was made of. */
function snapshotSeqIn(event: ArchivableEvent): number | null {
  try {
    return snapshotSeqOfRow(event)
  } catch {
    return null
  }
}

const finding = (table: string, seq: number, how: 'changed' | 'added' | 'removed'): Finding => ({
  what: 'row',
  how,
  fromSeq: seq,
  toSeq: seq,
  text: `The row of ${table} of event ${seq} was ${how}.`,
})
