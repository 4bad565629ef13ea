import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { ChainedSnapshot } from '../../protocol/chain-lines.js'
import type { Database, Sql, Tx } from '../connect.js'
import { toStoreError } from '../errors.js'
import { firstHeadOf, type Link, LinkHasher, nextHead } from './chain.js'

/** The links over what is inserted in one transaction: one for each session that gets events. */
export class NewLinks {
  readonly #open = new Map<string, { hasher: LinkHasher; firstSeq: number; lastSeq: number }>()

  /** All of a session's in order, before its snapshots. */
  addEvent(sessionId: string, event: ArchivableEvent): void {
    let link = this.#open.get(sessionId)
    if (link === undefined) {
      link = { hasher: new LinkHasher(), firstSeq: event.seq, lastSeq: event.seq }
      this.#open.set(sessionId, link)
    }
    link.hasher.addEvent(event)
    link.lastSeq = event.seq
  }

  /** Those that the events have brought, by seq. */
  addSnapshot(sessionId: string, snapshot: ChainedSnapshot): void {
    this.#open.get(sessionId)?.hasher.addSnapshot(snapshot)
  }

  /**
   * Adds them to the chains, in the transaction that inserts the rows: both are there, or neither. The caller holds the
   * locks of the sessions' rows. Two statements, however many sessions.
   */
  async insert(tx: Tx): Promise<void> {
    if (this.#open.size === 0) return
    const heads = await lastHeads(tx, [...this.#open.keys()])
    const links = [...this.#open].map(([sessionId, { hasher, firstSeq, lastSeq }]) => {
      const { salt, linesHash, marks } = hasher.sealed()
      const head = nextHead(heads.get(sessionId) ?? firstHeadOf(sessionId), linesHash)
      return { sessionId, firstSeq, lastSeq, salt, linesHash, head, marks }
    })
    const hex = (name: 'salt' | 'linesHash' | 'head' | 'marks') =>
      links.map((link) => link[name].toString('hex'))
    await tx`
      insert into session_links (session_id, first_seq, last_seq, salt, lines_hash, head, marks)
      select id, first_seq, last_seq, decode(salt, 'hex'), decode(lines_hash, 'hex'), decode(head, 'hex'),
        decode(marks, 'hex')
      from unnest(${links.map((l) => l.sessionId)}::uuid[], ${links.map((l) => l.firstSeq)}::bigint[],
          ${links.map((l) => l.lastSeq)}::bigint[], ${hex('salt')}::text[], ${hex('linesHash')}::text[],
          ${hex('head')}::text[], ${hex('marks')}::text[])
        as l (id, first_seq, last_seq, salt, lines_hash, head, marks)`
  }
}

/** A statement of its own, after the locks: it must see what the flush before this one has committed. */
async function lastHeads(tx: Tx, sessionIds: readonly string[]): Promise<Map<string, Buffer>> {
  const rows = await tx<{ sessionId: string; head: Buffer }[]>`
    select s.id as "sessionId", l.head from unnest(${[...sessionIds]}::uuid[]) as s (id)
    cross join lateral (
      select head from session_links where session_id = s.id order by last_seq desc limit 1
    ) l`
  return new Map(rows.map((row) => [row.sessionId, row.head]))
}

export interface ChainHead {
  /** 0 before the first link. */
  seq: number
  head: Buffer
}

/** How far the chain of a session goes; the link and its rows were committed together. Throws StoreError. */
export async function readChainHead({ sql }: Database, sessionId: string): Promise<ChainHead> {
  try {
    const [row] = await sql<{ seq: string; head: Buffer }[]>`
      select last_seq as seq, head from session_links where session_id = ${sessionId}
      order by last_seq desc limit 1`
    return row ? { seq: Number(row.seq), head: row.head } : { seq: 0, head: firstHeadOf(sessionId) }
  } catch (error) {
    throw toStoreError(error)
  }
}

const NOTHING = Buffer.alloc(0)

interface LinkRow {
  firstSeq: string
  lastSeq: string
  salt: Buffer | null
  linesHash: Buffer
  head: Buffer
  marks: Buffer
  maskedSalt: Buffer | null
  maskedHash: Buffer | null
  createdAt: Date
}

/** The links of a session in order, those up to a seq where one is given. */
export async function readLinks(
  sql: Sql | Tx,
  sessionId: string,
  throughSeq = Number.MAX_SAFE_INTEGER,
): Promise<Link[]> {
  const rows = await sql<LinkRow[]>`
    select first_seq as "firstSeq", last_seq as "lastSeq", salt, lines_hash as "linesHash", head, marks,
      masked_salt as "maskedSalt", masked_hash as "maskedHash", created_at as "createdAt"
    from session_links where session_id = ${sessionId} and last_seq <= ${throughSeq} order by last_seq`
  return rows.map(({ firstSeq, lastSeq, maskedSalt, maskedHash, createdAt, ...row }) => ({
    ...row,
    firstSeq: Number(firstSeq),
    lastSeq: Number(lastSeq),
    // One without the other is nothing that we write: it is told as it stands.
    masked:
      maskedSalt || maskedHash ? { salt: maskedSalt ?? NOTHING, linesHash: maskedHash ?? NOTHING } : null,
    createdAtMs: createdAt.getTime(),
  }))
}
