import { annotationVersions, currentRatings } from '../../db/annotations.js'
import { readAnnotations } from '../../db/archive/annotations-object.js'
import { readMetadata } from '../../db/archive/read-metadata.js'
import { snapshotCodec, snapshotSeqOfRow } from '../../db/archive/row-codecs.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { Database } from '../../db/connect.js'
import type { ArchivedChain } from '../../db/integrity/chain-lines.js'
import { ChainCheck } from '../../db/integrity/check-chain.js'
import type { PublicKeys } from '../../db/integrity/keys.js'
import { readLinks } from '../../db/integrity/links.js'
import { readRecords } from '../../db/integrity/redaction-records.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import { EVENTS_OBJECT, recordingPrefix, SNAPSHOTS_OBJECT } from '../../protocol/archive-format.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { Receipt } from '../../protocol/http/receipts.js'
import { archivedEvents, archivedSnapshots, checkText } from './archive-objects.js'
import { reportFaults, reportOlder, reportReceipt, reportRedactions } from './check-links.js'
import { checkSeal } from './session-seal.js'
import { type StoredSnapshot, storedEvents, storedSnapshots } from './stored-rows.js'
import { TypedRowsCheck } from './typed-rows.js'
import { type Finding, Report, type Verdict } from './verdict.js'
import { NoRecording, verifyArchive } from './verify-archive.js'

export interface SessionToVerify {
  db: Database
  /** Where its archive is, if there is one; null: it is not looked at. */
  archive: ArchiveStore | null
  sessionId: string
  keys: PublicKeys
  receipt?: Receipt | undefined
}

/** What goes on beside it may move rows; it is looked at again then. */
const ATTEMPTS = 5

/**
 * Verifies a session by its rows: events and snapshots against the chain, the rows that follow from events against these,
 * the session's own row against what was signed of it, and its archive, where there is one. Throws NoRecording, StoreError,
 * ArchiveError, or a database error.
 */
export async function verifySession(asked: SessionToVerify): Promise<Verdict> {
  for (let attempt = 1; ; attempt++) {
    const before = await placeOf(asked)
    const verdict = await lookOnce(asked, before.row)
    const after = await placeOf(asked)
    if (attempt >= ATTEMPTS || before.place === after.place) return verdict
  }
}

/** What a purge, a redaction, a restoring or an archive moves. */
async function placeOf({ db, sessionId }: SessionToVerify): Promise<{ row: SessionRow; place: string }> {
  const row = await getSession(db, sessionId)
  if (row === null) throw new NoRecording(`There is no session ${sessionId}.`)
  const [counted] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from redactions where session_id = ${sessionId}`
  const { status, purgedThroughSeq, archiveGeneration, archiveState, archivedAnnotationCount } = row
  const place = [
    status,
    purgedThroughSeq,
    archiveGeneration,
    archiveState,
    archivedAnnotationCount,
    counted?.count,
  ]
  return { row, place: place.join(' ') }
}

async function lookOnce(asked: SessionToVerify, row: SessionRow): Promise<Verdict> {
  const { db, sessionId, keys, receipt } = asked
  const report = new Report(`session ${sessionId}`)
  report.sessionId = sessionId
  report.events = row.eventCount
  const chain: ArchivedChain = {
    links: await readLinks(db.sql, sessionId, row.eventCount),
    records: await readRecords(db.sql, sessionId),
  }
  const check = new ChainCheck(sessionId, chain.links)
  report.head = check.head.toString('hex')
  const last = chain.links.at(-1)?.lastSeq ?? 0
  if (chain.links.length > 0 && last !== row.eventCount) {
    const text = `The chain ends after event ${last}, the session's row says ${row.eventCount}.`
    report.add({ what: 'link', how: last < row.eventCount ? 'removed' : 'added', text })
  }
  await checkRows(report, asked, row, check)
  reportFaults(report, check)
  if (row.eventCount > 0) reportOlder(report, chain, row.eventCount)
  reportRedactions(report, keys, sessionId, chain)
  await checkSeal(report, asked, row, check.head.toString('hex'))
  await checkArchive(report, asked, row)
  if (receipt) reportReceipt(report, keys, sessionId, chain, receipt)
  return report.verdict()
}

async function checkRows(
  report: Report,
  { db: { sql }, db, archive, sessionId }: SessionToVerify,
  row: SessionRow,
  check: ChainCheck,
): Promise<void> {
  const { purgedThroughSeq, eventCount, storagePath } = row
  const typed = new TypedRowsCheck(await currentRatings(db, sessionId))
  const purged = await purgedRows(report, archive, purgedThroughSeq, storagePath)
  /** Behind the count lies what was committed since it was read, or what nobody committed. */
  const isNewer = async (seq: number) => seq <= ((await getSession(db, sessionId))?.eventCount ?? 0)
  /** Of the events that may have brought a snapshot. */
  const sources = new Map<number, number>()
  const seen = (event: ArchivableEvent) => {
    check.addEvent(event)
    typed.add(event)
    if (event.type === 'code_snapshot') sources.set(event.seq, event.source)
  }
  for await (const event of purged.events()) if (event.seq <= purgedThroughSeq) seen(event)
  /** Snapshots of purged events that events which are still rows refer to. */
  const referred = new Set<number>()
  for await (const { event, columnsHold } of storedEvents(sql, sessionId)) {
    const { seq } = event
    if (seq > purgedThroughSeq && seq <= eventCount) {
      seen(event)
      const snapshotSeq = snapshotSeqIn(event)
      if (snapshotSeq !== null && snapshotSeq <= purgedThroughSeq) referred.add(snapshotSeq)
      if (!columnsHold) report.add(rowFinding('session_events', seq, 'changed'))
    } else if (seq <= purgedThroughSeq || !(await isNewer(seq)))
      report.add(rowFinding('session_events', seq, 'added'))
  }
  // Some outlive the purge of their events, since later ones refer to them.
  const kept = new Map<number, StoredSnapshot>()
  if (purgedThroughSeq > 0) {
    for await (const stored of storedSnapshots(sql, sessionId)) {
      if (stored.snapshot.seq > purgedThroughSeq) break
      kept.set(stored.snapshot.seq, stored)
    }
  }
  for (const seq of referred) if (!kept.has(seq)) report.add(rowFinding('code_snapshots', seq, 'removed'))
  for await (const snapshot of purged.snapshots(report)) {
    const { seq } = snapshot
    if (seq > purgedThroughSeq) break
    check.addSnapshot(snapshot)
    const twin = kept.get(seq)
    kept.delete(seq)
    if (twin === undefined) continue
    const isSame =
      twin.columnsHold &&
      twin.source === sources.get(seq) &&
      snapshotCodec.canonical(twin.snapshot) === snapshotCodec.canonical(snapshot)
    if (!isSame) report.add(rowFinding('code_snapshots', seq, 'changed'))
  }
  for (const seq of kept.keys()) report.add(rowFinding('code_snapshots', seq, 'added'))
  for await (const { snapshot, source, columnsHold } of storedSnapshots(sql, sessionId)) {
    const { seq } = snapshot
    if (seq <= purgedThroughSeq) continue
    if (seq > eventCount) {
      if (!(await isNewer(seq))) report.add(rowFinding('code_snapshots', seq, 'added'))
      continue
    }
    check.addSnapshot(snapshot)
    checkText(report, snapshot)
    if (!columnsHold || sources.get(seq) !== source) report.add(rowFinding('code_snapshots', seq, 'changed'))
  }
  await typed.compare(report, sql, sessionId, { purgedThroughSeq, throughSeq: eventCount, isNewer })
}

/** Null of what can't be parsed: it is not what its link was made of. */
function snapshotSeqIn(event: ArchivableEvent): number | null {
  try {
    return snapshotSeqOfRow(event)
  } catch {
    return null
  }
}

const rowFinding = (table: string, seq: number, how: 'changed' | 'added' | 'removed'): Finding => ({
  what: 'row',
  how,
  fromSeq: seq,
  toSeq: seq,
  text: `The row of ${table} of event ${seq} was ${how}.`,
})

/** What of a session lives in its archive alone. */
async function purgedRows(
  report: Report,
  archive: ArchiveStore | null,
  purgedThroughSeq: number,
  storagePath: string | null,
) {
  const none = { events: async function* () {}, snapshots: async function* () {} }
  if (purgedThroughSeq === 0) return none
  const prefix = storagePath ?? ''
  const metadata = archive && (await readMetadata(archive, prefix).catch(() => null))
  if (archive === null || metadata === null) {
    const text = `Events 1–${purgedThroughSeq} live in the archive alone, which can't be read.`
    report.add({ what: 'object', how: 'removed', text })
    return none
  }
  const place = { store: archive, prefix }
  const { objects } = metadata
  return {
    events: () => archivedEvents(place, EVENTS_OBJECT, objects[EVENTS_OBJECT]),
    snapshots: (to: Report) => archivedSnapshots(to, place, SNAPSHOTS_OBJECT, objects[SNAPSHOTS_OBJECT]),
  }
}

async function checkArchive(report: Report, asked: SessionToVerify, row: SessionRow): Promise<void> {
  const { archive, keys, sessionId } = asked
  if (archive === null || row.status === 'ACTIVE' || row.archiveState !== 'verified') return
  const prefix = row.storagePath ?? recordingPrefix(sessionId)
  let verdict: Verdict
  try {
    verdict = await verifyArchive({ store: archive, prefix, keys })
  } catch (error) {
    if (!(error instanceof NoRecording)) throw error
    report.add({ what: 'object', how: 'removed', text: 'The archive is gone.' })
    return
  }
  for (const finding of verdict.findings) report.add({ ...finding, text: `In the archive: ${finding.text}` })
  for (const text of verdict.unsigned) report.unsigned.push(`In the archive: ${text}`)
  if (verdict.findings.length > 0) return
  const { generation } = await readMetadata(archive, prefix)
  if (generation !== row.archiveGeneration) {
    const text = `The archive is of generation ${generation}, not ${row.archiveGeneration}.`
    report.add({ what: 'object', how: 'changed', text })
  }
  if (verdict.head !== null && verdict.head !== report.head) {
    report.add({ what: 'object', how: 'changed', text: 'The archive has another chain than the rows.' })
  }
  await checkAnnotationRows(report, asked, row, prefix)
  report.checked.push(`its archive, generation ${generation}`)
}

/** The log's first rows are those of its archived copy. */
async function checkAnnotationRows(
  report: Report,
  { db, archive, sessionId }: SessionToVerify,
  row: SessionRow,
  prefix: string,
): Promise<void> {
  if (archive === null || row.archivedAnnotationCount === 0) return
  const archived = await readAnnotations(archive, prefix)
  if (archived === null) {
    report.add({ what: 'object', how: 'removed', text: 'annotations.json is missing.' })
    return
  }
  const rows = await annotationVersions(db, sessionId, '0', archived.generation)
  for (const [i, wanted] of archived.annotations.entries()) {
    if (JSON.stringify(rows[i]) === JSON.stringify(wanted)) continue
    const how = rows.length < archived.generation ? 'removed' : 'changed'
    report.add({ what: 'annotation', how, text: `Row ${wanted.version} of the annotations was ${how}.` })
    return
  }
}
