import { joined, type Run } from './origins.js'
import { respacedRuns } from './respaced.js'
import type { SearchBudget } from './search.js'

const MAX_ENTRIES = 512
const MAX_UNITS = 1024 * 1024
/** A longer file that something is copied from is not kept for it. */
const MAX_COPIED_UNITS = 64 * 1024
/** Keys held down delete one after another; what they delete is one text up to here. */
const MAX_JOINED_UNITS = 16 * 1024

interface Removed {
  key: string
  /** Where it stood. */
  at: number
  text: string
  runs: Run[]
  /** Copied, and still in its file: undo does not bring it back. */
  isCopied: boolean
}

/**
 * What edits removed lately, with where it came from: what was cut is pasted elsewhere, and what was deleted comes
 * back by undo. Deletions that touch each other, with nothing inserted between, are one text.
 */
export class RemovedTexts {
  private entries: Removed[] = []
  private units = 0
  private mayJoin = false

  constructor(private readonly search: SearchBudget) {}

  /** Something was inserted: what is removed next is a text of its own. */
  interrupt(): void {
    this.mayJoin = false
  }

  /** What a page had in front when something of it was copied: it may be changed before it is pasted. */
  addCopied(key: string, text: string, runs: readonly Run[]): void {
    const same = this.entries.some((entry) => entry.isCopied && entry.key === key && entry.text === text)
    if (same || text === '' || text.length > MAX_COPIED_UNITS) return
    this.mayJoin = false
    this.put({ key, at: 0, text, runs: [...runs], isCopied: true })
  }

  private put(entry: Removed): void {
    this.units += entry.text.length
    this.entries.push(entry)
    while (this.entries.length > MAX_ENTRIES || this.units > MAX_UNITS)
      this.units -= this.entries.shift()?.text.length ?? 0
  }

  add(key: string, at: number, text: string, runs: readonly Run[]): void {
    if (text === '' || text.length > MAX_UNITS) return
    const last = this.entries.at(-1)
    const touches =
      this.mayJoin && last?.key === key && last.text.length + text.length <= MAX_JOINED_UNITS
        ? at + text.length === last.at
          ? 'before'
          : at === last.at
            ? 'behind'
            : null
        : null
    this.mayJoin = true
    if (touches === null || last === undefined) {
      this.put({ key, at, text, runs: [...runs], isCopied: false })
      return
    }
    this.units += text.length
    this.entries[this.entries.length - 1] =
      touches === 'before'
        ? { ...last, at, text: text + last.text, runs: joined([...runs, ...last.runs]) }
        : { ...last, text: last.text + text, runs: joined([...last.runs, ...runs]) }
    while (this.units > MAX_UNITS) this.units -= this.entries.shift()?.text.length ?? 0
  }

  /**
   * Where a text came from that was removed before: the latest removal that holds it, of this file first. Without a
   * file, copied texts are looked into as well.
   */
  find(text: string, key: string | null): Run[] | null {
    let elsewhere: Run[] | null = null
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i] as Removed
      if (elsewhere !== null && entry.key !== key) continue
      if (entry.isCopied && key !== null) continue
      if (this.search.isSpent) break
      const at = this.search.indexIn(entry.text, text)
      if (at < 0) continue
      const runs = sliceOf(entry.runs, at, at + text.length)
      if (key === null || entry.key === key) return runs
      elsewhere = runs
    }
    return elsewhere
  }

  /** The same with other white space, `sought` being `text` without any. */
  findRespaced(sought: string, text: string): Run[] | null {
    for (let i = this.entries.length - 1; i >= 0; i--) {
      if (this.search.isSpent) break
      const entry = this.entries[i] as Removed
      const at = this.search.respacedIndexIn(entry.text, sought)
      if (at < 0) continue
      const { length } = entry.text
      return respacedRuns(entry.text.slice(at), sliceOf(entry.runs, at, length), text)
    }
    return null
  }

  save() {
    return {
      mayJoin: this.mayJoin,
      entries: this.entries.map(
        ({ key, at, text, runs, isCopied }) => [key, at, text, savedRuns(runs), isCopied] as const,
      ),
    }
  }

  restore(saved: ReturnType<RemovedTexts['save']>): void {
    this.mayJoin = saved.mayJoin
    this.entries = saved.entries.map(([key, at, text, runs, isCopied]) => ({
      key,
      at,
      text,
      runs: restoredRuns(runs),
      isCopied,
    }))
    this.units = this.entries.reduce((sum, entry) => sum + entry.text.length, 0)
  }
}

function sliceOf(runs: readonly Run[], from: number, to: number): Run[] {
  const found: Run[] = []
  let start = 0
  for (const run of runs) {
    const length = Math.min(start + run.length, to) - Math.max(start, from)
    if (length > 0) found.push({ ...run, length })
    start += run.length
  }
  return found
}

/** The runs as they are where nobody asks which event brought them, but for what was pasted: an answer may turn up. */
export const withoutSeqs = (runs: readonly Run[]): Run[] =>
  joined(runs.map((run) => (run.origin === 'pasted' || run.seq === 0 ? run : { ...run, seq: 0 })))

export const savedRuns = (runs: readonly Run[]) =>
  withoutSeqs(runs).map(({ length, origin, seq }) =>
    seq === 0 ? ([length, origin] as const) : ([length, origin, seq] as const),
  )

export const restoredRuns = (saved: ReturnType<typeof savedRuns>): Run[] =>
  saved.map(([length, origin, seq = 0]) => ({ length, origin, seq }))
