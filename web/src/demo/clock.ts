/** The server's time, as its welcome told it; the browser's own before that. */
export class SessionClock {
  #offsetMs = 0

  heard(serverTimeMs: number): void {
    this.#offsetMs = serverTimeMs - Date.now()
  }

  get offsetMs(): number {
    return this.#offsetMs
  }
}

/** What is left of an interview at a moment; null where it has no limit. Negative when it is over. */
export const leftMs = (
  { startTimeMs, timeLimitSec }: { startTimeMs: number; timeLimitSec: number | null },
  serverNowMs: number,
): number | null => (timeLimitSec === null ? null : startTimeMs + timeLimitSec * 1000 - serverNowMs)
