import { type Limits, MAX_TEXT_UNITS } from './limits.js'

/** How much text the analysis of one session may keep, in UTF-16 units. */
export class TextBudget {
  private used = 0

  constructor(private readonly limits: Limits) {}

  /** Whether there is room for so much more; negative for less. */
  take(units: number): boolean {
    if (units > 0 && this.used + units > MAX_TEXT_UNITS) {
      this.limits.reach('text')
      return false
    }
    this.used += units
    return true
  }

  save(): number {
    return this.used
  }

  restore(used: number): void {
    this.used = used
  }
}
