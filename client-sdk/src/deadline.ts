/** Collects, over one round of questions, the next moment at which an answer would change. */
export class Deadline {
  atMs = Number.POSITIVE_INFINITY

  /** Starts a new round. */
  clear(): void {
    this.atMs = Number.POSITIVE_INFINITY
  }

  /** Whether a moment has come; if not, it is remembered. */
  isDue(nowMs: number, atMs: number): boolean {
    if (atMs <= nowMs) return true
    this.atMs = Math.min(this.atMs, atMs)
    return false
  }
}
