import type { Provenance } from '../../protocol/http/analysis.js'

/** Neighbouring characters of one origin. */
export interface Run {
  readonly length: number
  readonly origin: Provenance
  /** The event that brought them; 0 where nobody asks. */
  readonly seq: number
}

export interface Change {
  at: number
  deleted: number
  inserted: readonly Run[]
}

/** Above so many changes at once a text is made anew rather than changed in many places. */
const FEW_CHANGES = 32

const MIN_CHUNK_RUNS = 16
const MAX_CHUNK_RUNS = 128

/**
 * Where each character of a text came from, as runs in chunks: an edit touches one chunk or two, however long the
 * text is. All offsets and lengths are in UTF-16 units, and the caller keeps them within the text.
 */
export class Origins {
  private chunks: Run[][]
  /** How long each chunk is: numbers in a list of their own are added up without a look at the chunks. */
  private lengths: number[]
  private count: number

  constructor(runs: readonly Run[] = []) {
    const known = joined(runs)
    this.chunks = inChunks(known)
    this.lengths = this.chunks.map(lengthOf)
    this.count = known.length
  }

  get runCount(): number {
    return this.count
  }

  runs(): Run[] {
    return this.chunks.flat()
  }

  slice(from: number, to: number): Run[] {
    const found: Run[] = []
    let start = 0
    for (let i = 0; i < this.chunks.length && start < to; i++) {
      const length = this.lengths[i] as number
      if (start + length > from) cut(this.chunks[i] as Run[], from - start, to - start, found)
      start += length
    }
    return found
  }

  /** Makes the changes of one edit, whose offsets all count in the text before it, ascending. */
  change(changes: readonly Change[]): void {
    if (changes.length > FEW_CHANGES) {
      this.rebuild(changes)
      return
    }
    for (let i = changes.length - 1; i >= 0; i--) {
      const { at, deleted, inserted } = changes[i] as Change
      this.splice(at, deleted, inserted)
    }
  }

  /** Many changes at once cost no more than the text is long. */
  private rebuild(changes: readonly Change[]): void {
    const reader = new RunReader(this.runs())
    const result: Run[] = []
    for (const { at, deleted, inserted } of changes) {
      reader.take(at - reader.at, result)
      reader.take(deleted, null)
      for (const run of inserted) result.push(run)
    }
    reader.take(Number.POSITIVE_INFINITY, result)
    const runs = joined(result)
    this.chunks = inChunks(runs)
    this.lengths = this.chunks.map(lengthOf)
    this.count = runs.length
  }

  private splice(offset: number, deleted: number, inserted: readonly Run[]): void {
    const { chunks, lengths } = this
    let first = 0
    let start = 0
    while (first < lengths.length && start + (lengths[first] as number) < offset)
      start += lengths[first++] as number
    if (first < chunks.length && this.spliceWithin(first, offset - start, deleted, inserted)) return
    let end = first
    let endStart = start
    do {
      if (end < lengths.length) endStart += lengths[end++] as number
    } while (end < lengths.length && endStart < offset + deleted)
    const touched = chunks.slice(first, end).flat()
    const middle: Run[] = []
    cut(touched, 0, offset - start, middle)
    middle.push(...inserted)
    cut(touched, offset - start + deleted, Number.POSITIVE_INFINITY, middle)
    let runs = joined(middle)
    // Neighbours of one origin are one run, also over the borders of chunks: so the count depends on the text's
    // origins alone, not on how they came about.
    const before = chunks[first - 1]
    if (before !== undefined && (runs.length === 0 || isSame(before.at(-1), runs[0]))) {
      runs = joined([...before, ...runs])
      first--
    }
    const behind = chunks[end]
    const isShort = runs.length < MIN_CHUNK_RUNS
    if (behind !== undefined && (isShort || isSame(runs.at(-1), behind[0]))) {
      runs = joined([...runs, ...behind])
      end++
    }
    for (let i = first; i < end; i++) this.count -= (chunks[i] as Run[]).length
    this.count += runs.length
    const fresh = inChunks(runs)
    chunks.splice(first, end - first, ...fresh)
    lengths.splice(first, end - first, ...fresh.map(lengthOf))
  }

  /**
   * Most edits lie between the ends of one chunk, or at an end of the text: then two or three of the chunk's runs change and
   * the others stay where they are.
   * @param offset within the chunk
   * @returns false, with nothing done, where neighbours of the chunk may be concerned or it would grow too large or small
   */
  private spliceWithin(index: number, offset: number, deleted: number, inserted: readonly Run[]): boolean {
    const runs = this.chunks[index] as Run[]
    const length = this.lengths[index] as number
    const to = offset + deleted
    const [isFirst, isLast] = [index === 0, index === this.chunks.length - 1]
    if ((offset === 0 && !isFirst) || (isLast ? to > length : to >= length)) return false
    let first = 0
    let start = 0
    for (let run = runs[0] as Run; start + run.length < offset; run = runs[++first] as Run)
      start += run.length
    let last = first
    let end = start + (runs[first] as Run).length
    while (end <= to && last + 1 < runs.length) end += (runs[++last] as Run).length
    const [left, right] = [runs[first] as Run, runs[last] as Run]
    const middle = joined([shortened(left, offset - start), ...inserted, shortened(right, end - to)])
    const count = runs.length - (last - first + 1) + middle.length
    if (count < (isFirst && isLast ? 1 : MIN_CHUNK_RUNS) || count > MAX_CHUNK_RUNS) return false
    this.count += count - runs.length
    this.lengths[index] = length + lengthOf(inserted) - deleted
    runs.splice(first, last - first + 1, ...middle)
    return true
  }
}

const shortened = (run: Run, length: number): Run =>
  length === run.length ? run : { length, origin: run.origin, seq: run.seq }

/** Goes through runs once, from the first to the last. */
export class RunReader {
  /** How many characters were taken. */
  at = 0
  private index = 0
  private offset = 0

  constructor(private readonly runs: readonly Run[]) {}

  /** Puts the next `length` characters behind `into`, or leaves them out. */
  take(length: number, into: Run[] | null): void {
    let left = length
    while (left > 0) {
      const run = this.runs[this.index]
      if (run === undefined) return
      const some = Math.min(left, run.length - this.offset)
      into?.push(some === run.length ? run : { ...run, length: some })
      left -= some
      this.at += some
      this.offset += some
      if (this.offset < run.length) continue
      this.index++
      this.offset = 0
    }
  }
}

const isSame = (a: Run | undefined, b: Run | undefined): boolean =>
  a?.origin === b?.origin && a?.seq === b?.seq

function inChunks(runs: readonly Run[]): Run[][] {
  const chunks: Run[][] = []
  const size = runs.length <= MAX_CHUNK_RUNS ? MAX_CHUNK_RUNS : MAX_CHUNK_RUNS / 2
  for (let i = 0; i < runs.length; i += size) chunks.push(runs.slice(i, i + size))
  return chunks
}

export const lengthOf = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + run.length, 0)

/** The part of `runs` between two offsets, put behind `into`. */
function cut(runs: readonly Run[], from: number, to: number, into: Run[]): void {
  let start = 0
  for (const run of runs) {
    if (start >= to) return
    const end = start + run.length
    const length = Math.min(end, to) - Math.max(start, from)
    if (length > 0) into.push(length === run.length ? run : { ...run, length })
    start = end
  }
}

/** The same with neighbours of one origin as one run, and without empty ones. */
export function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = []
  for (const run of runs) {
    const last = result.at(-1)
    if (run.length === 0) continue
    if (last?.origin === run.origin && last.seq === run.seq)
      result[result.length - 1] = { ...last, length: last.length + run.length }
    else result.push(run)
  }
  return result
}
