import { diffLines, type LineDiff } from './line-diff.js'
import { previousSnapshot, textBefore } from './previous-snapshot.js'

/** A stored snapshot, as far as later ones are compared with it. */
export interface ChainedSnapshot {
  seq: number
  source: number
  content: string
}

/** What the row of a snapshot says about what came before it. */
export interface SnapshotChange {
  linesAdded: number
  linesDeleted: number
  /** Null of a file's first snapshot, unless its sender said what was there before. */
  diffFromPrevious: { fromSeq: number | null; lines: LineDiff } | null
}

/**
 * A session's stored snapshots while more come, in the order of their seqs. The flush and whoever reads what is not
 * flushed yet decide by it which ones are stored, and what they are compared with.
 */
export class SnapshotChain<S extends ChainedSnapshot> {
  readonly #lastOfSource = new Map<string, S | null>()
  readonly #lastOfFile = new Map<string, S>()

  /** @param readStored the source's own last stored snapshot of a file; where it has none, the file's last of any */
  constructor(readonly readStored: (fileId: string, source: number) => Promise<S | null>) {}

  /** What a new snapshot of the file is compared with; equal to that one it is not stored. */
  async previous(fileId: string, source: number): Promise<S | null> {
    const key = `${source}\t${fileId}`
    if (!this.#lastOfSource.has(key)) {
      const found = await this.readStored(fileId, source)
      const isOwn = found?.source === source
      this.#lastOfSource.set(key, isOwn ? found : null)
      // Another's is the newest that is stored, unless a newer one has come since.
      if (found !== null && !isOwn && !this.#lastOfFile.has(fileId)) this.#lastOfFile.set(fileId, found)
    }
    return previousSnapshot(this.#lastOfSource.get(key), this.#lastOfFile.get(fileId))
  }

  stored(fileId: string, snapshot: S): void {
    this.#lastOfSource.set(`${snapshot.source}\t${fileId}`, snapshot)
    this.#lastOfFile.set(fileId, snapshot)
  }
}

/** @param previousContent what the sender says was there before, in the place of the previous snapshot */
export function snapshotChange(
  previous: ChainedSnapshot | null,
  content: string,
  previousContent: unknown,
): SnapshotChange {
  const before = textBefore(previousContent, previous?.content ?? null)
  const { diff, linesAdded, linesDeleted } = diffLines(before, content)
  const fromSeq = previous !== null && before === previous.content ? previous.seq : null
  const isFirst = previous === null && typeof previousContent !== 'string'
  return { linesAdded, linesDeleted, diffFromPrevious: isFirst ? null : { fromSeq, lines: diff } }
}
