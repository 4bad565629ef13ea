import { diffLines } from '../line-diff.js'

interface Counted {
  before: string
  after: string
  linesAdded: number
  linesDeleted: number
}

/** By how many lines two texts differ. Folds that are given the same events share one: each pair is compared once. */
export class LineCounts {
  private last: Counted = { before: '', after: '', linesAdded: 0, linesDeleted: 0 }

  between(before: string, after: string): Pick<Counted, 'linesAdded' | 'linesDeleted'> {
    if (before !== this.last.before || after !== this.last.after) {
      const { linesAdded, linesDeleted } = diffLines(before, after)
      this.last = { before, after, linesAdded, linesDeleted }
    }
    return this.last
  }
}
