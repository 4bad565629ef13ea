import { annotationVersions } from '../../db/annotations.js'
import { readAnnotations } from '../../db/archive/annotations-object.js'
import { readMetadata } from '../../db/archive/read-metadata.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { Database } from '../../db/connect.js'
import type { ArchivedChain } from '../../db/integrity/chain-lines.js'
import { ChainCheck } from '../../db/integrity/check-chain.js'
import type { PublicKeys } from '../../db/integrity/keys.js'
import { readLinks } from '../../db/integrity/links.js'
import { readRecords } from '../../db/integrity/redaction-records.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { Receipt } from '../../protocol/http/receipts.js'
import { reportFaults, reportOlder, reportReceipt, reportRedactions } from './check-links.js'
import { checkRows } from './session-rows.js'
import { checkSeal } from './session-seal.js'
import { Report, type Verdict } from './verdict.js'
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
