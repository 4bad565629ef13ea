import { type Limits, MAX_SEARCH_UNITS } from './limits.js'
import { respacedIndex, squeezed } from './respaced.js'

/** What looking into a text costs beside its length. */
const UNITS_PER_TEXT = 32

/** Leaving out white space costs as much more. */
const RESPACED_COST = 8

/** Searches texts as long as the session's share lasts; after that nothing is found. */
export class SearchBudget {
  private left = MAX_SEARCH_UNITS

  constructor(private readonly limits: Limits) {}

  /** Where `text` first stands in `within`, or -1. */
  indexIn(within: { readonly length: number; toString(): string }, text: string): number {
    const cost = UNITS_PER_TEXT + (within.length < text.length ? 0 : within.length)
    if (this.left < cost) {
      this.limits.reach('search')
      return -1
    }
    this.left -= cost
    return within.length < text.length ? -1 : within.toString().indexOf(text)
  }

  /** Where a text that has no white space stands in one that may, that aside; or -1. */
  respacedIndexIn(within: { readonly length: number; toString(): string }, sought: string): number {
    const cost = UNITS_PER_TEXT + (within.length < sought.length ? 0 : RESPACED_COST * within.length)
    if (this.left < cost) {
      this.limits.reach('search')
      return -1
    }
    this.left -= cost
    if (within.length < sought.length) return -1
    const text = within.toString()
    return respacedIndex(text, squeezed(text), sought)
  }

  get isSpent(): boolean {
    return this.left < UNITS_PER_TEXT
  }

  save(): number {
    return this.left
  }

  restore(left: number): void {
    this.left = left
  }
}
