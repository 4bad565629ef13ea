import { createHash, randomBytes } from 'node:crypto'
import { canonicalEvent, canonicalSnapshot } from '../../protocol/chain-lines.js'
import type { Tx } from '../connect.js'
import { archivableEvent, type EventRow, eventColumns } from '../event-rows.js'
import { archivableSnapshot, type SnapshotEntry, snapshotColumns } from '../snapshot-rows.js'
import { hashText } from '../text.js'
import { type Link, LinkHasher, SALT_BYTES, type Sealed } from './chain.js'
import { readLinks } from './links.js'

/** What a redaction has done to the chain, for its signed record. */
export interface LinkChanges {
  /** Ranges of the events that are stored otherwise now, with what lies apart of them. */
  events: [fromSeq: number, toSeq: number][]
  /** The links they are in: the hash of the lines as they are now, hex. */
  links: [firstSeq: number, lastSeq: number, linesHash: string][]
  /** Those of them that did not hold before: what was changed there is not what the redaction did. */
  brokenBefore: [firstSeq: number, lastSeq: number][]
}

interface Look {
  sealed: Sealed
  /** Of each event and snapshot alone, by seq. */
  lines: Map<number, string>
}

interface Watched {
  link: Link
  /** Of what the redaction leaves. */
  salt: Buffer
  before: Look
  wasIntact: boolean
}

const EVENTS_AT_ONCE = 100
const SNAPSHOTS_AT_ONCE = 20

/**
 * The links that rows which are about to be masked belong to, looked at before and after, in the transaction that masks
 * [R15]. The salts of those that change are destroyed: from their hashes, which stay in the chain, nobody can tell any
 * more what was masked. Rows of one link are read twice, a page at a time.
 */
export class RedactedLinks {
  readonly #tx: Tx
  readonly #sessionId: string
  readonly #watched: Watched[] = []

  private constructor(tx: Tx, sessionId: string) {
    this.#tx = tx
    this.#sessionId = sessionId
  }

  /** @param seqs of all events and snapshots that may be changed */
  static async watch(tx: Tx, sessionId: string, seqs: Iterable<number>): Promise<RedactedLinks> {
    const watching = new RedactedLinks(tx, sessionId)
    const links = await readLinks(tx, sessionId)
    const touched = new Set<Link>()
    for (const seq of seqs) {
      const link = linkOf(links, seq)
      if (link !== null) touched.add(link)
    }
    for (const link of links) if (touched.has(link)) await watching.#add(link)
    return watching
  }

  async #add(link: Link): Promise<void> {
    const salt = randomBytes(SALT_BYTES)
    const known = link.masked ?? (link.salt && { salt: link.salt, linesHash: link.linesHash })
    const asKept = known && new LinkHasher(known.salt)
    const { texts, ...before } = await this.#look(link, salt, asKept)
    const wasIntact = known !== null && texts && asKept?.sealed().linesHash.equals(known.linesHash) === true
    this.#watched.push({ link, salt, before, wasIntact })
  }

  /** Looks again, stores what there is now, and tells what has changed. */
  async seal(): Promise<LinkChanges> {
    const changes: LinkChanges = { events: [], links: [], brokenBefore: [] }
    for (const { link, salt, before, wasIntact } of this.#watched) {
      const { sealed, lines } = await this.#look(link, salt, null)
      if (sealed.linesHash.equals(before.sealed.linesHash)) continue
      await this.#tx`
        update session_links set salt = null, masked_salt = ${salt}, masked_hash = ${sealed.linesHash},
          marks = ${sealed.marks}
        where session_id = ${this.#sessionId} and last_seq = ${link.lastSeq}`
      changes.links.push([link.firstSeq, link.lastSeq, sealed.linesHash.toString('hex')])
      if (!wasIntact) changes.brokenBefore.push([link.firstSeq, link.lastSeq])
      for (let seq = link.firstSeq; seq <= link.lastSeq; seq++) {
        if (lines.get(seq) !== before.lines.get(seq)) extend(changes.events, seq)
      }
    }
    return changes
  }

  /** @param second is given the same rows; `texts`: whether all snapshots' texts are what their hashes say */
  async #look(link: Link, salt: Buffer, second: LinkHasher | null): Promise<Look & { texts: boolean }> {
    const hasher = new LinkHasher(salt)
    const lines = new Map<number, string>()
    for await (const row of this.#events(link)) {
      const event = archivableEvent(row)
      hasher.addEvent(event)
      second?.addEvent(event)
      lines.set(event.seq, fingerprint(canonicalEvent(event)))
    }
    let texts = true
    for await (const row of this.#snapshots(link)) {
      const snapshot = archivableSnapshot(row)
      texts &&= hashText(snapshot.content) === snapshot.contentHash
      hasher.addSnapshot(snapshot)
      second?.addSnapshot(snapshot)
      lines.set(snapshot.seq, `${lines.get(snapshot.seq)} ${fingerprint(canonicalSnapshot(snapshot))}`)
    }
    return { sealed: hasher.sealed(), lines, texts }
  }

  async *#events({ firstSeq, lastSeq }: Link): AsyncGenerator<EventRow> {
    for (let after = firstSeq - 1; ; ) {
      const rows = await this.#tx<EventRow[]>`
        select ${eventColumns(this.#tx)} from session_events
        where session_id = ${this.#sessionId} and seq > ${after} and seq <= ${lastSeq}
        order by seq limit ${EVENTS_AT_ONCE}`
      yield* rows
      const last = rows.at(-1)
      if (last === undefined) return
      after = Number(last.seq)
    }
  }

  async *#snapshots({ firstSeq, lastSeq }: Link): AsyncGenerator<SnapshotEntry> {
    for (let after = firstSeq - 1; ; ) {
      const rows = await this.#tx<SnapshotEntry[]>`
        select ${snapshotColumns(this.#tx)} from code_snapshots
        where session_id = ${this.#sessionId} and seq > ${after} and seq <= ${lastSeq}
        order by seq limit ${SNAPSHOTS_AT_ONCE}`
      yield* rows
      const last = rows.at(-1)
      if (last === undefined) return
      after = Number(last.seq)
    }
  }
}

function linkOf(links: readonly Link[], seq: number): Link | null {
  let [low, high] = [0, links.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((links[middle]?.lastSeq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  const link = links[low]
  return link !== undefined && link.firstSeq <= seq ? link : null
}

const fingerprint = (line: string): string => createHash('sha256').update(line).digest('base64')

/** Adds a seq to ranges that end before it. */
function extend(ranges: [number, number][], seq: number): void {
  const last = ranges.at(-1)
  if (last?.[1] === seq - 1) last[1] = seq
  else ranges.push([seq, seq])
}
