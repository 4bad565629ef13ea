import { ExplainedError } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'

/**
 * Holds one connection to the `retryAfterMs` that it was asked for. What was under way when the ack came is taken: a
 * whole window of batches at most. A sender that goes on beyond that is refused; it keeps its events, as for any
 * refusal that says when to come again [I5].
 */
export class Pace {
  private untilMs = Number.NEGATIVE_INFINITY
  private allowed = 0

  constructor(
    private readonly clock: () => number,
    private readonly onIgnored: () => void,
  ) {}

  /** An ack asked the sender to wait. */
  asked(retryAfterMs: number): void {
    const nowMs = this.clock()
    if (nowMs >= this.untilMs) this.allowed = LIMITS.maxInFlightBatches
    this.untilMs = nowMs + retryAfterMs
  }

  /** One more batch has come. Throws RATE_LIMITED where it should not have been sent yet. */
  check(): void {
    const waitMs = this.untilMs - this.clock()
    if (waitMs <= 0) return
    if (this.allowed > 0) {
      this.allowed -= 1
      return
    }
    this.onIgnored()
    throw new ExplainedError('RATE_LIMITED', 'This recorder was asked to wait.', { retryAfterMs: waitMs })
  }
}
