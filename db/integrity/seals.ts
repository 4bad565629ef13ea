import type { ArchivedSession } from '../../protocol/archive-format.js'
import type { SourceInfo } from '../../protocol/events.js'
import type { Sql, Tx } from '../connect.js'
import type { Redaction } from '../redactions.js'
import type { SessionRow } from '../sessions.js'
import type { Signature, Signer } from './keys.js'

// What is signed of a closed session beside its archive, so that its rows verify without one: the session's own row, who
// wrote into it, what was redacted, and the head of the chain.

/** As it is signed, in one line of JSON. */
export interface SealStatement {
  session: ArchivedSession
  sources: Omit<SourceInfo, 'lastSeenMs'>[]
  redactions: Omit<Redaction, 'places'>[]
  /** Hex. */
  head: string
}

export interface SessionSeal extends Signature {
  /** Exactly as it was signed. */
  statement: string
}

/** What an archive says of a session's row. */
export const archivedSessionOf = (row: SessionRow): ArchivedSession => ({
  id: row.id,
  candidateId: row.candidateId,
  status: row.status,
  startTimeMs: row.startTime.getTime(),
  endTimeMs: row.endTime?.getTime() ?? null,
  durationSec: row.duration,
  eventCount: row.eventCount,
  question: row.question,
  timeLimit: row.timeLimit,
  metadata: row.metadata,
})

export function sealStatement({
  session,
  sources,
  redactions,
  head,
}: Omit<SealStatement, 'sources'> & { sources: SourceInfo[] }): SealStatement {
  // When a source was last seen moves on with each try to connect.
  return { session, sources: sources.map(({ lastSeenMs: _, ...source }) => source), redactions, head }
}

export function sealOf(signer: Signer, said: Parameters<typeof sealStatement>[0]): SessionSeal {
  const statement = JSON.stringify(sealStatement(said))
  return { statement, ...signer.sign('session', statement) }
}

/** In the place of an earlier one; in the transaction that marks the archive verified. */
export async function insertSeal(
  tx: Tx,
  sessionId: string,
  generation: number,
  { statement, keyId, signature }: SessionSeal,
): Promise<void> {
  await tx`
    insert into session_seals (session_id, generation, statement, key_id, signature)
    values (${sessionId}, ${generation}, ${statement}, ${keyId}, ${signature})
    on conflict (session_id) do update set generation = excluded.generation, statement = excluded.statement,
      key_id = excluded.key_id, signature = excluded.signature`
}

/** Null where nothing is signed yet. */
export async function readSeal(
  sql: Sql,
  sessionId: string,
): Promise<(SessionSeal & { generation: number }) | null> {
  const [seal] = await sql<(SessionSeal & { generation: number })[]>`
    select statement, key_id as "keyId", signature, generation from session_seals where session_id = ${sessionId}`
  return seal ?? null
}
