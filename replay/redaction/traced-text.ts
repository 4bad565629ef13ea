/** A text that stands in an event: `text` begins at unit `at` of its `field`. */
export interface Run {
  readonly seq: number
  readonly field: string
  readonly at: number
  readonly text: string
}

interface Chunk {
  readonly runs: readonly Run[]
  readonly length: number
}

const MAX_CHUNK_RUNS = 256

/**
 * An immutable text that knows of each unit which event brought it. A list of lists of runs: an edit copies one
 * short list and the list of lists, so that an hour of typing, a run for each key, stays cheap to follow.
 */
export class TracedText {
  static readonly EMPTY = new TracedText([], 0)

  static of(runs: readonly Run[]): TracedText {
    return TracedText.EMPTY.splice(0, 0, runs)
  }

  private constructor(
    private readonly chunks: readonly Chunk[],
    readonly length: number,
  ) {}

  /** Replaces `deleted` units at `offset` by `inserted`. The caller keeps both within the text. */
  splice(offset: number, deleted: number, inserted: readonly Run[]): TracedText {
    const { chunks } = this
    let first = 0
    let firstStart = 0
    while (first < chunks.length && firstStart + chunkAt(chunks, first).length < offset) {
      firstStart += chunkAt(chunks, first++).length
    }
    let end = first
    let endStart = firstStart
    while (end < chunks.length && (endStart < offset + deleted || end === first)) {
      endStart += chunkAt(chunks, end++).length
    }
    const touched = chunks.slice(first, end).flatMap((chunk) => chunk.runs)
    let middle = [
      ...clipRuns(touched, 0, offset - firstStart),
      ...inserted.filter((run) => run.text !== ''),
      ...clipRuns(touched, offset + deleted - firstStart, endStart - firstStart),
    ]
    // A short list joins its neighbour, or deleting would leave a list for every few runs.
    if (middle.length < MAX_CHUNK_RUNS / 4 && end < chunks.length) {
      middle = [...middle, ...chunkAt(chunks, end++).runs]
    }
    const next = chunks.slice()
    next.splice(first, end - first, ...cut(middle))
    const insertedUnits = inserted.reduce((sum, run) => sum + run.text.length, 0)
    return new TracedText(next, this.length - deleted + insertedUnits)
  }

  /** The runs between two offsets, cut to fit. */
  runs(from = 0, to = this.length): Run[] {
    const found: Run[] = []
    let start = 0
    for (const chunk of this.chunks) {
      if (start >= to) break
      if (start + chunk.length > from) found.push(...clipRuns(chunk.runs, from - start, to - start))
      start += chunk.length
    }
    return found
  }

  /** All runs, in the lists they are kept in: those that did not change are the same lists as in the text before. */
  *lists(): Generator<readonly Run[]> {
    for (const { runs } of this.chunks) yield runs
  }

  equals(content: string): boolean {
    if (content.length !== this.length) return false
    let offset = 0
    for (const { runs } of this.chunks) {
      for (const { text } of runs) {
        if (!content.startsWith(text, offset)) return false
        offset += text.length
      }
    }
    return true
  }

  toString(): string {
    return this.chunks.map(({ runs }) => textOf(runs)).join('')
  }
}

export const textOf = (runs: readonly Run[]): string => runs.map((run) => run.text).join('')

/** The part of these runs, taken as one text, between two offsets. */
export function clipRuns(runs: readonly Run[], from: number, to: number): Run[] {
  const clipped: Run[] = []
  let start = 0
  for (const run of runs) {
    const end = start + run.text.length
    if (start >= to) break
    if (end > from) {
      const [a, b] = [Math.max(from, start) - start, Math.min(to, end) - start]
      if (a === 0 && b === run.text.length) clipped.push(run)
      else if (a < b) clipped.push({ ...run, at: run.at + a, text: run.text.slice(a, b) })
    }
    start = end
  }
  return clipped
}

/** Tells which places of events lie in `[from, to)` of these runs taken as one text. */
export function eachPlace(
  runs: readonly Run[],
  from: number,
  to: number,
  place: (seq: number, field: string, from: number, to: number) => void,
): void {
  for (const { seq, field, at, text } of clipRuns(runs, from, to)) place(seq, field, at, at + text.length)
}

const chunkAt = (chunks: readonly Chunk[], index: number): Chunk => chunks[index] as Chunk

function cut(runs: readonly Run[]): Chunk[] {
  const chunks: Chunk[] = []
  const count = Math.ceil(runs.length / MAX_CHUNK_RUNS)
  const size = Math.ceil(runs.length / Math.max(1, count))
  for (let at = 0; at < runs.length; at += size) {
    const part = runs.slice(at, at + size)
    chunks.push({ runs: part, length: part.reduce((sum, run) => sum + run.text.length, 0) })
  }
  return chunks
}
