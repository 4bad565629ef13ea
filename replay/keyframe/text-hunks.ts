import { linesOf, numbering } from '../line-diff.js'
import { diffSequences } from '../sequence-diff.js'
import { Text } from '../text.js'

/**
 * How one text comes from another, in UTF-16 units: so many kept, so many deleted, this inserted, over and over; what
 * is left behind the last is kept.
 */
export type Hunks = (number | string)[]

/** What comparing pieces, and then lines, may cost. */
const MAX_STEPS = 20_000
/** With more than these the text is put together anew: each splice copies the list of pieces. */
const FEW_HUNKS = 32

/**
 * The changes from one text to another. Texts that came from one another by editing share most of their pieces, so this
 * costs little for a file of 10 MB, and what it finds is never much more than what was edited.
 */
export function hunksBetween(before: Text, after: Text): Hunks {
  const hunks = new HunkWriter()
  const a = before.pieces
  const b = after.pieces
  const shorter = Math.min(a.length, b.length)
  let head = 0
  while (head < shorter && a[head] === b[head]) head++
  let tail = 0
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  hunks.keep(lengthOf(a.slice(0, head)))
  const old = a.slice(head, a.length - tail)
  const fresh = b.slice(head, b.length - tail)
  forEachRun(old, fresh, hunks, (deleted, inserted) =>
    changedLines(deleted.join(''), inserted.join(''), hunks),
  )
  return hunks.made
}

/** The text that these changes lead to. Throws where they reach beyond its end. */
export function applyHunks(before: Text, hunks: Hunks): Text {
  const splices: [at: number, deleted: number, inserted: string][] = []
  let at = 0
  for (let i = 0; i < hunks.length; i += 3) {
    const [kept, deleted, inserted] = hunks.slice(i, i + 3)
    if (!isCount(kept) || !isCount(deleted) || typeof inserted !== 'string')
      throw new Error('A hunk is three values.')
    at += kept
    splices.push([at, deleted, inserted])
    at += deleted
  }
  if (at > before.length) throw new Error('A hunk reaches beyond the end of its text.')
  if (splices.length > FEW_HUNKS) return rebuilt(before.toString(), splices)
  return splices.reduceRight((text, splice) => text.splice(...splice), before)
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function rebuilt(before: string, splices: readonly [number, number, string][]): Text {
  const pieces: string[] = []
  let from = 0
  for (const [at, deleted, inserted] of splices) {
    pieces.push(before.slice(from, at), inserted)
    from = at + deleted
  }
  return Text.of(pieces.join('') + before.slice(from))
}

/** Within what was replaced, the lines that differ, and within these what is between their equal ends. */
function changedLines(before: string, after: string, hunks: HunkWriter): void {
  forEachRun(linesOf(before), linesOf(after), hunks, (deleted, inserted) => {
    changedMiddle(deleted.join(''), inserted.join(''), hunks)
  })
}

function changedMiddle(before: string, after: string, hunks: HunkWriter): void {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head++
  let tail = 0
  while (
    tail < shorter - head &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++
  hunks.keep(head)
  hunks.replace(before.length - head - tail, after.slice(head, after.length - tail))
  hunks.keep(tail)
}

function forEachRun(
  before: readonly string[],
  after: readonly string[],
  hunks: HunkWriter,
  changed: (deleted: readonly string[], inserted: readonly string[]) => void,
): void {
  if (before.length === 0 && after.length === 0) return
  const numberOf = numbering()
  const runs = diffSequences(before.map(numberOf), after.map(numberOf), MAX_STEPS)
  let [oldAt, freshAt] = [0, 0]
  for (let i = 0; i < runs.length; i++) {
    const [operation, count] = runs[i] as (typeof runs)[number]
    if (operation === '=') {
      hunks.keep(lengthOf(before.slice(oldAt, oldAt + count)))
      oldAt += count
      freshAt += count
      continue
    }
    // What is deleted comes before what is inserted in its place.
    const next = operation === '-' ? runs[i + 1] : undefined
    const deleted = operation === '-' ? count : 0
    const inserted = operation === '+' ? count : next?.[0] === '+' ? next[1] : 0
    if (next?.[0] === '+') i++
    changed(before.slice(oldAt, oldAt + deleted), after.slice(freshAt, freshAt + inserted))
    oldAt += deleted
    freshAt += inserted
  }
}

const lengthOf = (pieces: readonly string[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

/** Hunks that touch are one. */
class HunkWriter {
  readonly made: Hunks = []
  private kept = 0

  keep(units: number): void {
    this.kept += units
  }

  replace(deleted: number, inserted: string): void {
    if (deleted === 0 && inserted === '') return
    const { made } = this
    if (this.kept === 0 && made.length > 0) {
      made[made.length - 2] = (made[made.length - 2] as number) + deleted
      made[made.length - 1] = (made[made.length - 1] as string) + inserted
      return
    }
    made.push(this.kept, deleted, inserted)
    this.kept = 0
  }
}
