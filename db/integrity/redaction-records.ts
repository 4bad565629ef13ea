import type { Sql, Tx } from '../connect.js'
import type { Redaction } from '../redactions.js'
import { checkSignature, type PublicKeys, type Signature, type Signer } from './keys.js'
import type { LinkChanges } from './redact-links.js'

// The signed record of a redaction: which events it changed and what the links they are in hash to since. With it a
// recording verifies again, and nothing but what it names can have been changed under its name.

/** What is signed, as one line of JSON. It tells places and hashes, never a text. */
export interface RedactionStatement extends LinkChanges {
  sessionId: string
  redactionId: string
  kind: 'text' | 'range'
  throughSeq: number
  role: string
  author: string
  atMs: number
}

/** A record as it is kept in the redaction's row and in chain.json.gz. */
export interface RedactionRecord extends Signature {
  /** Exactly as it was signed. */
  statement: string
}

/** Signs the record and adds it to the redaction's row. */
export async function insertRecord(
  tx: Tx,
  signer: Signer,
  sessionId: string,
  redaction: Redaction,
  changes: LinkChanges,
): Promise<void> {
  const { id, kind, throughSeq, role, author, createdAtMs } = redaction
  const said: RedactionStatement = {
    sessionId,
    redactionId: id,
    kind,
    throughSeq,
    role,
    author,
    atMs: createdAtMs,
    ...changes,
  }
  const statement = JSON.stringify(said)
  const { keyId, signature } = signer.sign('redaction', statement)
  await tx`
    update redactions set statement = ${statement}, key_id = ${keyId}, signature = ${signature}
    where session_id = ${sessionId} and id = ${id}`
}

/** The records of a session in the order of its redactions. */
export async function readRecords(sql: Sql | Tx, sessionId: string): Promise<RedactionRecord[]> {
  const rows = await sql<RedactionRecord[]>`
    select statement, key_id as "keyId", signature from redactions
    where session_id = ${sessionId} and statement is not null order by id`
  return [...rows]
}

/** What a record says, or why it can't be believed. */
export function openRecord(
  keys: PublicKeys,
  sessionId: string,
  record: RedactionRecord,
): RedactionStatement | 'invalid' | 'unknown key' {
  const checked = checkSignature(keys, 'redaction', record.statement, record)
  if (checked !== 'valid') return checked
  const said = JSON.parse(record.statement) as RedactionStatement
  return said.sessionId === sessionId ? said : 'invalid'
}
