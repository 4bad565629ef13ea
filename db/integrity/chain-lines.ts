import { parseQuietly } from '../../protocol/archive-lines.js'
import type { DerivedRow } from '../archive/row-codecs.js'
import type { Link } from './chain.js'
import type { RedactionRecord } from './redaction-records.js'

// The lines of chain.json.gz: the links in order, then the records of the redactions in order, numbered through.

/** A link as its line says it; hashes and salts in hex, marks in base64. */
interface LinkLine {
  n: number
  atMs: number
  firstSeq: number
  lastSeq: number
  salt: string | null
  linesHash: string
  head: string
  marks: string
  masked?: { salt: string; linesHash: string }
}

interface RecordLine {
  n: number
  atMs: number
  redaction: RedactionRecord
}

export interface ArchivedChain {
  links: Link[]
  records: RedactionRecord[]
}

/** The rows of chain.json.gz. */
export function chainRows({ links, records }: ArchivedChain): DerivedRow[] {
  const lines: (LinkLine | RecordLine)[] = links.map((link, i) => ({
    n: i + 1,
    atMs: link.createdAtMs,
    firstSeq: link.firstSeq,
    lastSeq: link.lastSeq,
    salt: link.salt?.toString('hex') ?? null,
    linesHash: link.linesHash.toString('hex'),
    head: link.head.toString('hex'),
    marks: link.marks.toString('base64'),
    ...(link.masked && {
      masked: { salt: link.masked.salt.toString('hex'), linesHash: link.masked.linesHash.toString('hex') },
    }),
  }))
  for (const { statement, keyId, signature } of records) {
    const { atMs } = JSON.parse(statement) as { atMs: number }
    lines.push({ n: lines.length + 1, atMs, redaction: { statement, keyId, signature } })
  }
  return lines.map((line) => ({ seq: line.n, timestampMs: line.atMs, json: JSON.stringify(line) }))
}

/** Adds what a line says to a chain. Throws a plain Error where it is no such line. */
export function readChainLine(json: string, chain: ArchivedChain): void {
  const line = parseQuietly(json) as LinkLine | RecordLine
  if ('redaction' in line) {
    chain.records.push(line.redaction)
    return
  }
  const { firstSeq, lastSeq, masked } = line
  if (!Number.isSafeInteger(firstSeq) || !Number.isSafeInteger(lastSeq) || firstSeq > lastSeq) {
    throw new Error('A link lacks its seqs.')
  }
  chain.links.push({
    firstSeq,
    lastSeq,
    salt: line.salt === null ? null : Buffer.from(line.salt, 'hex'),
    linesHash: Buffer.from(line.linesHash, 'hex'),
    head: Buffer.from(line.head, 'hex'),
    marks: Buffer.from(line.marks, 'base64'),
    masked: masked
      ? { salt: Buffer.from(masked.salt, 'hex'), linesHash: Buffer.from(masked.linesHash, 'hex') }
      : null,
    createdAtMs: line.atMs,
  })
}
