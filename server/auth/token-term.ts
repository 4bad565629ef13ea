/** setTimeout's largest delay; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** The time for which a socket's token lasts: calls `onEnd` once when it is over. It may be prolonged. */
export class TokenTerm {
  private timer: NodeJS.Timeout | null = null

  constructor(
    /** As in the token: epoch seconds. */
    private expSec: number,
    private readonly clock: () => number,
    private readonly onEnd: () => void,
  ) {
    this.arm()
  }

  get isOver(): boolean {
    return this.expSec * 1000 <= this.clock()
  }

  get endSec(): number {
    return this.expSec
  }

  /** The bearer has been given a token that lasts longer. */
  prolong(expSec: number): void {
    this.expSec = Math.max(this.expSec, expSec)
    this.arm()
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  private arm(): void {
    this.stop()
    const leftMs = this.expSec * 1000 - this.clock()
    this.timer = setTimeout(() => (this.isOver ? this.onEnd() : this.arm()), Math.min(leftMs, MAX_TIMEOUT_MS))
  }
}
