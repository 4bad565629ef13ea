import { checkSignature } from '../../db/integrity/keys.js'
import { archivedSessionOf, readSeal, type SealStatement, sealStatement } from '../../db/integrity/seals.js'
import { archivableRedactions } from '../../db/redactions.js'
import { listSources, type SessionRow } from '../../db/sessions.js'
import type { Report } from './verdict.js'
import type { SessionToVerify } from './verify-session.js'

/** The session's row, its sources and redactions against what was signed of them when it was archived. */
export async function checkSeal(
  report: Report,
  { db, keys, sessionId }: SessionToVerify,
  row: SessionRow,
  head: string,
): Promise<void> {
  // One that goes on again was signed as it was before.
  if (row.status === 'ACTIVE') {
    report.unsigned.push(`Not signed yet: ${WHY.none}.`)
    return
  }
  const seal = await readSeal(db.sql, sessionId)
  if (seal === null || seal.generation !== row.archiveGeneration || row.archiveState !== 'verified') {
    if (row.archiveState === 'verified' && report.unsigned.length === 0) {
      report.add({ what: 'signature', how: 'removed', text: 'What was signed of the session is missing.' })
    } else report.unsigned.push(`Not signed yet: ${WHY[row.archiveState]}.`)
    return
  }
  report.keyId = seal.keyId
  const checked = checkSignature(keys, 'session', seal.statement, seal)
  if (checked !== 'valid') {
    const why =
      checked === 'unknown key'
        ? `is by key ${seal.keyId}, which is not one of the pinned keys`
        : 'does not hold'
    report.add({ what: 'signature', how: 'invalid', text: `The signature over the session ${why}.` })
    return
  }
  const signed = JSON.parse(seal.statement) as SealStatement
  const found = sealStatement({
    session: archivedSessionOf(row),
    sources: (await listSources(db, sessionId)).map(({ committedSeq: _, ...source }) => source),
    redactions: await archivableRedactions(db, sessionId),
    head,
  })
  const changed = (text: string) => report.add({ what: 'session', how: 'changed', text })
  const names = new Set([...Object.keys(signed.session), ...Object.keys(found.session)])
  for (const name of names) {
    if (!isSame(signed.session[name], found.session[name])) changed(`The session's ${name} was changed.`)
  }
  // A tab that came after the close and was sent away is known too.
  for (const source of signed.sources) {
    const now = found.sources.find((one) => one.source === source.source)
    if (!isSame(now, source)) changed(`Source ${source.source} of the session was changed.`)
  }
  if (!isSame(signed.redactions, found.redactions)) changed('The records of redactions were changed.')
  if (signed.head !== head) changed('The chain is not the one that was signed.')
}

const WHY: Record<SessionRow['archiveState'], string> = {
  none: 'the session is live',
  pending: 'its archive is under way',
  failed: 'its archive could not be written',
  verified: 'it is older than its chain',
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
