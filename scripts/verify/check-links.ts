import { firstHeadOf } from '../../db/integrity/chain.js'
import type { ArchivedChain } from '../../db/integrity/chain-lines.js'
import type { ChainCheck, ChainFault } from '../../db/integrity/check-chain.js'
import type { PublicKeys } from '../../db/integrity/keys.js'
import { checkReceipt } from '../../db/integrity/receipts.js'
import { openRecord, type RedactionStatement } from '../../db/integrity/redaction-records.js'
import type { Receipt } from '../../protocol/http/receipts.js'
import { locateEvents } from './locate-events.js'
import { eventsText, type Finding, type Report } from './verdict.js'

/** What the rows, once all were added, say of the chain. */
export function reportFaults(report: Report, check: ChainCheck): void {
  const faults = check.faults()
  for (const fault of faults) {
    if (fault.kind === 'rows') continue
    const { firstSeq, lastSeq } = fault
    const texts = {
      link: `The link over ${eventsText(firstSeq, lastSeq)} does not follow the one before it, or was changed.`,
      head: `The head after ${eventsText(firstSeq, lastSeq)} does not follow from the chain before it.`,
      unlinked: `No link of the chain is over ${eventsText(firstSeq, lastSeq)}: added behind its end.`,
    }
    const isAdded = fault.kind === 'unlinked'
    report.add({
      what: isAdded ? 'event' : 'link',
      how: isAdded ? 'added' : 'changed',
      fromSeq: firstSeq,
      toSeq: lastSeq,
      text: texts[fault.kind],
    })
  }
  for (const finding of locateEvents(faults.filter(isOfRows))) report.add(finding)
}

const isOfRows = (fault: ChainFault): fault is Extract<ChainFault, { kind: 'rows' }> => fault.kind === 'rows'

/** Tells what was recorded before there was a chain, for which nothing vouches. */
export function reportOlder(report: Report, chain: ArchivedChain, eventCount: number): void {
  const first = chain.links[0]?.firstSeq ?? eventCount + 1
  if (first > 1) report.unsigned.push(`${capital(eventsText(1, first - 1))} came before there was a chain.`)
}

/** Holds each masked link against the signed records, and tells what was redacted. */
export function reportRedactions(
  report: Report,
  keys: PublicKeys,
  sessionId: string,
  { links, records }: ArchivedChain,
): void {
  const said: RedactionStatement[] = []
  for (const [i, record] of records.entries()) {
    const opened = openRecord(keys, sessionId, record)
    if (typeof opened !== 'string') said.push(opened)
    else {
      const why = opened === 'unknown key' ? `is signed with the unknown key ${record.keyId}` : 'was changed'
      report.add({ what: 'redaction', how: 'invalid', text: `The record of redaction ${i + 1} ${why}.` })
    }
  }
  const lastHashes = new Map(
    said.flatMap((one) => one.links.map(([first, last, hash]) => [`${first} ${last}`, hash] as const)),
  )
  for (const { firstSeq, lastSeq, masked } of links) {
    const recorded = lastHashes.get(`${firstSeq} ${lastSeq}`)
    lastHashes.delete(`${firstSeq} ${lastSeq}`)
    if (masked?.linesHash.toString('hex') === recorded) continue
    const text = `No signed record says that ${eventsText(firstSeq, lastSeq)} were masked to what they are.`
    report.add({ what: 'redaction', how: 'changed', fromSeq: firstSeq, toSeq: lastSeq, text })
  }
  for (const range of lastHashes.keys()) {
    const [first = 0, last = 0] = range.split(' ').map(Number)
    const text = `A record tells of a redaction of ${eventsText(first, last)}, which have no such link.`
    report.add({ what: 'redaction', how: 'changed', fromSeq: first, toSeq: last, text })
  }
  for (const { redactionId, atMs, role, author, events, brokenBefore } of said) {
    report.redactions.push({ id: redactionId, atMs, by: `${role} ${author}`, events })
    for (const [first, last] of brokenBefore) {
      const text = `${capital(eventsText(first, last))} were not as recorded any more when redaction ${redactionId} came.`
      report.add({ what: 'event', how: 'changed', fromSeq: first, toSeq: last, text })
    }
  }
}

/** Whether what a receipt vouches for is the beginning of this chain. */
export function reportReceipt(
  report: Report,
  keys: PublicKeys,
  sessionId: string,
  chain: ArchivedChain,
  receipt: Receipt,
): void {
  const finding = receiptFinding(keys, sessionId, chain, receipt)
  if (finding !== null) report.add(finding)
  else report.checked.push(`the receipt's part of it, through event ${receipt.seq}`)
}

function receiptFinding(
  keys: PublicKeys,
  sessionId: string,
  { links }: ArchivedChain,
  receipt: Receipt,
): Finding | null {
  const { seq } = receipt
  const invalid = (text: string): Finding => ({ what: 'receipt', how: 'invalid', text })
  const checked = checkReceipt(keys, receipt)
  if (checked === 'unknown key')
    return invalid(`The receipt is signed with the unknown key ${receipt.keyId}.`)
  if (checked === 'invalid') return invalid('The receipt was changed: its signature does not hold.')
  if (receipt.sessionId !== sessionId)
    return invalid(`The receipt is of another session, ${receipt.sessionId}.`)
  const head = seq === 0 ? firstHeadOf(sessionId) : links.find(({ lastSeq }) => lastSeq === seq)?.head
  if (head?.toString('hex') === receipt.head) return null
  const last = links.at(-1)?.lastSeq ?? 0
  if (last >= seq) return invalid(`The chain is another one than the receipt's up to event ${seq}.`)
  const text = `The receipt says that it was recorded through event ${seq}; the chain ends at ${last}.`
  return { what: 'receipt', how: 'removed', fromSeq: last + 1, toSeq: seq, text }
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
