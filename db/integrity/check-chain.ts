import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { ChainedSnapshot } from '../../protocol/chain-lines.js'
import { firstHeadOf, type Link, LinkHasher, nextHead } from './chain.js'

/** What does not hold of a chain and the rows under it, in order. */
export type ChainFault =
  /** The link does not begin where the one before ends, or has no salt and nothing in its place. */
  | { kind: 'link'; firstSeq: number; lastSeq: number }
  /** Its head does not follow from its hash and the head before. */
  | { kind: 'head'; firstSeq: number; lastSeq: number }
  /** The rows are not those that it was made of: `events` as they are, by their marks. */
  | { kind: 'rows'; firstSeq: number; lastSeq: number; expected: Buffer; found: Buffer; foundSeqs: number[] }
  /** Rows behind the last link. */
  | { kind: 'unlinked'; firstSeq: number; lastSeq: number }

interface OpenLink {
  link: Link
  hasher: LinkHasher
  foundSeqs: number[]
}

/**
 * Compares rows with the links over them: first all events in order, then all snapshots in order; `faults` at the end.
 * Events below the first link, of a session that is older than the chain, are passed over. A hash and two bytes an event
 * are kept meanwhile.
 */
export class ChainCheck {
  readonly #open: OpenLink[]
  readonly #linkFaults: ChainFault[] = []
  /** The last link's own. */
  readonly head: Buffer
  #place = 0
  #current: OpenLink | null = null
  #unlinked: { firstSeq: number; lastSeq: number } | null = null

  constructor(
    sessionId: string,
    readonly links: readonly Link[],
  ) {
    let [head, nextSeq] = [firstHeadOf(sessionId), links[0]?.firstSeq ?? 1]
    for (const link of links) {
      const { firstSeq, lastSeq } = link
      if (firstSeq !== nextSeq || (link.salt === null) !== (link.masked !== null)) {
        this.#linkFaults.push({ kind: 'link', firstSeq, lastSeq })
      }
      if (!nextHead(head, link.linesHash).equals(link.head)) {
        this.#linkFaults.push({ kind: 'head', firstSeq, lastSeq })
      }
      head = link.head
      nextSeq = lastSeq + 1
    }
    this.head = head
    this.#open = links.map((link) => ({
      link,
      hasher: new LinkHasher(link.masked?.salt ?? link.salt ?? Buffer.alloc(0)),
      foundSeqs: [],
    }))
  }

  addEvent(event: ArchivableEvent): void {
    const open = this.#linkOf(event.seq)
    if (open !== null) {
      open.hasher.addEvent(event)
      open.foundSeqs.push(event.seq)
    }
  }

  addSnapshot(snapshot: ChainedSnapshot): void {
    this.#linkOf(snapshot.seq)?.hasher.addSnapshot(snapshot)
  }

  /** To be asked once, when all rows were added. */
  faults(): ChainFault[] {
    const rows = this.#open.flatMap(({ link, hasher, foundSeqs }): ChainFault[] => {
      const { firstSeq, lastSeq } = link
      const { linesHash, marks } = hasher.sealed()
      const expected = link.masked?.linesHash ?? link.linesHash
      const isWhole = linesHash.equals(expected) && marks.equals(link.marks)
      return isWhole
        ? []
        : [{ kind: 'rows', firstSeq, lastSeq, expected: link.marks, found: marks, foundSeqs }]
    })
    const unlinked: ChainFault[] = this.#unlinked ? [{ kind: 'unlinked', ...this.#unlinked }] : []
    return [...this.#linkFaults, ...rows, ...unlinked]
  }

  /** Rows come in order, so the place is mostly known. */
  #linkOf(seq: number): OpenLink | null {
    if ((this.#open[this.#place]?.link.firstSeq ?? 0) > seq) this.#place = 0
    while ((this.#open[this.#place]?.link.lastSeq ?? Number.POSITIVE_INFINITY) < seq) this.#place++
    const open = this.#open[this.#place]
    // Without any link nothing can be behind the last one.
    if (open === undefined && this.#open.length === 0) return null
    if (open === undefined) {
      this.#unlinked = { firstSeq: this.#unlinked?.firstSeq ?? seq, lastSeq: seq }
      return null
    }
    if (open !== this.#current) this.#current?.hasher.flush()
    this.#current = open
    return open.link.firstSeq <= seq ? open : null
  }
}
