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

interface Chunk {
  runs: Run[]
  length: number
}

/**
 * Where each character of a text came from, as runs in chunks: an edit touches one chunk or two, however long the
 * text is. All offsets and lengths are in UTF-16 units, and the caller keeps them within the text.
 */
export class Origins {
  private chunks: Chunk[]
  private count: number

  constructor(runs: readonly Run[] = []) {
    const known = joined(runs)
    this.chunks = inChunks(known)
    this.count = known.length
  }

  get runCount(): number {
    return this.count
  }

  runs(): Run[] {
    return this.chunks.flatMap((chunk) => chunk.runs)
  }

  slice(from: number, to: number): Run[] {
    const found: Run[] = []
    let start = 0
    for (const chunk of this.chunks) {
      if (start >= to) break
      if (start + chunk.length > from) cut(chunk.runs, from - start, to - start, found)
      start += chunk.length
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
    const reader = new RunReader(this.chunks.flatMap((chunk) => chunk.runs))
    const result: Run[] = []
    for (const { at, deleted, inserted } of changes) {
      reader.take(at - reader.at, result)
      reader.take(deleted, null)
      for (const run of inserted) result.push(run)
    }
    reader.take(Number.POSITIVE_INFINITY, result)
    const runs = joined(result)
    this.chunks = inChunks(runs)
    this.count = runs.length
  }

  private splice(offset: number, deleted: number, inserted: readonly Run[]): void {
    const { chunks } = this
    let first = 0
    let start = 0
    while (first < chunks.length && start + lengthAt(chunks, first) < offset)
      start += lengthAt(chunks, first++)
    const within = chunks[first]
    if (within !== undefined && this.spliceWithin(within, offset - start, deleted, inserted)) return
    let end = first
    let endStart = start
    do {
      if (end < chunks.length) endStart += lengthAt(chunks, end++)
    } while (end < chunks.length && endStart < offset + deleted)
    const touched = chunks.slice(first, end).flatMap((chunk) => chunk.runs)
    const middle: Run[] = []
    cut(touched, 0, offset - start, middle)
    middle.push(...inserted)
    cut(touched, offset - start + deleted, Number.POSITIVE_INFINITY, middle)
    let runs = joined(middle)
    // Neighbours of one origin are one run, also over the borders of chunks: so the count depends on the text's
    // origins alone, not on how they came about.
    const before = chunks[first - 1]
    if (before !== undefined && (runs.length === 0 || isSame(before.runs.at(-1), runs[0]))) {
      runs = joined([...before.runs, ...runs])
      first--
    }
    const behind = chunks[end]
    const isShort = runs.length < MIN_CHUNK_RUNS
    if (behind !== undefined && (isShort || isSame(runs.at(-1), behind.runs[0]))) {
      runs = joined([...runs, ...behind.runs])
      end++
    }
    for (let i = first; i < end; i++) this.count -= (chunks[i] as Chunk).runs.length
    this.count += runs.length
    chunks.splice(first, end - first, ...inChunks(runs))
  }

  /**
   * Most edits lie between the ends of one chunk: then two or three of its runs change and the others stay where they are.
   * @returns false, with nothing done, where neighbours of the chunk may be concerned or it would grow too large or small
   */
  private spliceWithin(chunk: Chunk, offset: number, deleted: number, inserted: readonly Run[]): boolean {
    const { runs } = chunk
    const to = offset + deleted
    if (offset === 0 || to >= chunk.length) return false
    let first = 0
    let start = 0
    for (let run = runs[0] as Run; start + run.length < offset; run = runs[++first] as Run)
      start += run.length
    let last = first
    let end = start + (runs[first] as Run).length
    while (end <= to) end += (runs[++last] as Run).length
    const [left, right] = [runs[first] as Run, runs[last] as Run]
    const middle = joined([shortened(left, offset - start), ...inserted, shortened(right, end - to)])
    const count = runs.length - (last - first + 1) + middle.length
    if (count < MIN_CHUNK_RUNS || count > MAX_CHUNK_RUNS) return false
    this.count += count - runs.length
    chunk.length += lengthOf(inserted) - deleted
    runs.splice(first, last - first + 1, ...middle)
    return true
  }
}

const shortened = (run: Run, length: number): Run => (length === run.length ? run : { ...run, length })

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

const lengthAt = (chunks: readonly Chunk[], index: number): number => (chunks[index] as Chunk).length
const isSame = (a: Run | undefined, b: Run | undefined): boolean =>
  a?.origin === b?.origin && a?.seq === b?.seq

function inChunks(runs: readonly Run[]): Chunk[] {
  const chunks: Chunk[] = []
  const size = runs.length <= MAX_CHUNK_RUNS ? MAX_CHUNK_RUNS : MAX_CHUNK_RUNS / 2
  for (let i = 0; i < runs.length; i += size) {
    const some = runs.slice(i, i + size)
    chunks.push({ runs: some, length: lengthOf(some) })
  }
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
