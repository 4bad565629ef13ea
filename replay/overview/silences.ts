/** A pause of this length is one that a viewer would rather not wait for. */
export const SILENCE_MS = 6000
const MAX_SILENCES = 10_000

interface Silence {
  readonly fromMs: number
  readonly toMs: number
}

/** The times in which nothing happened; of very many the longest. */
export class Silences {
  private found: Silence[] = []

  /** The times of two events that follow each other. */
  add(fromMs: number, toMs: number): void {
    if (toMs - fromMs <= SILENCE_MS) return
    this.found.push({ fromMs, toMs })
    if (this.found.length >= 2 * MAX_SILENCES) this.found = longest(this.found)
  }

  made(): Silence[] {
    return this.found.length > MAX_SILENCES ? longest(this.found) : [...this.found]
  }
}

const longest = (silences: readonly Silence[]): Silence[] =>
  [...silences]
    .sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs) || a.fromMs - b.fromMs)
    .slice(0, MAX_SILENCES)
    .sort((a, b) => a.fromMs - b.fromMs)
