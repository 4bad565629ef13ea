import { type Limits, MAX_ANSWER_UNITS } from './limits.js'
import { squeezed } from './respaced.js'
import type { SearchBudget } from './search.js'

/** What is shorter, white space aside, stands in any answer by chance. */
const MIN_UNITS = 8
const MAX_WAITING = 1000
const MAX_FOUND = 10_000

export interface Answer {
  atMs: number
  text: string
}

export interface Waiting extends Answer {
  seq: number
  chars: number
}

/**
 * What the assistant said, to be compared with what is pasted. An answer may arrive after the paste that was taken
 * from it, since both come from different sources: pastes wait for it, and the times decide, not the arrival.
 */
export class Answers {
  private answers: Answer[] = []
  private waiting: Waiting[] = []
  private units = 0
  private waitingUnits = 0
  /** Pastes that an answer was found for later. */
  private readonly found = new Set<number>()

  constructor(
    private readonly search: SearchBudget,
    private readonly limits: Limits,
    private readonly onFound: (seq: number, chars: number) => void,
  ) {}

  /** `atMs` is when the answer began: it can be pasted from while it is written. */
  add(atMs: number, content: string): void {
    const whole = squeezed(content)
    const text = whole.slice(0, MAX_ANSWER_UNITS)
    if (text.length < whole.length) this.limits.reach('search')
    if (text.length < MIN_UNITS) return
    for (const paste of this.waiting) {
      if (this.found.has(paste.seq) || paste.atMs < atMs) continue
      if (this.search.indexIn(text, paste.text) < 0) continue
      if (this.found.size >= MAX_FOUND) {
        this.limits.reach('pastes')
        return
      }
      this.found.add(paste.seq)
      this.onFound(paste.seq, paste.chars)
    }
    this.waiting = this.waiting.filter((paste) => !this.found.has(paste.seq))
    this.waitingUnits = this.waiting.reduce((sum, paste) => sum + paste.text.length, 0)
    this.answers.push({ atMs, text })
    this.units += text.length
    if (this.units > MAX_ANSWER_UNITS) this.limits.reach('search')
    while (this.units > MAX_ANSWER_UNITS) this.units -= this.answers.shift()?.text.length ?? 0
  }

  /** Whether an answer of that time or before holds the text. If none does, the paste waits for one to arrive. */
  holds(text: string, paste: { seq: number; atMs: number; chars: number }): boolean {
    const sought = squeezed(text)
    if (sought.length < MIN_UNITS) return false
    const held = this.answers.some(
      (answer) =>
        !this.search.isSpent && answer.atMs <= paste.atMs && this.search.indexIn(answer.text, sought) >= 0,
    )
    if (held) return true
    if (this.waiting.length < MAX_WAITING && this.waitingUnits + sought.length <= MAX_ANSWER_UNITS) {
      this.waiting.push({ ...paste, text: sought })
      this.waitingUnits += sought.length
    } else this.limits.reach('search')
    return false
  }

  /** Whether the paste with that seq turned out to be from an answer. */
  foundFor(seq: number): boolean {
    return this.found.has(seq)
  }

  save() {
    return { answers: this.answers, waiting: this.waiting, found: [...this.found] }
  }

  restore(saved: ReturnType<Answers['save']>): void {
    this.answers = [...saved.answers]
    this.waiting = [...saved.waiting]
    for (const seq of saved.found) this.found.add(seq)
    this.units = this.answers.reduce((sum, answer) => sum + answer.text.length, 0)
    this.waitingUnits = this.waiting.reduce((sum, paste) => sum + paste.text.length, 0)
  }
}
