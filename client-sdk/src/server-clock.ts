import { betterEstimate, type ClockEstimate, fromMessage, fromPing } from './clock.js'
import type { Deadline } from './deadline.js'
import type { Intake } from './intake.js'
import { CLOCK_PATIENCE_MS, GOOD_CLOCK_ERROR_MS } from './recorder-timing.js'

/**
 * What a recorder learns of the server's clock, and when that is good enough to give final times to what waits.
 *
 * INVARIANT: a final time is never changed [R2], so the first good answer to a question is waited for: a welcome
 * alone is off by the way it took and by whatever kept the page busy meanwhile.
 */
export class ServerClock {
  #estimate: ClockEstimate | null = null
  #connectionAskedAtMs = 0
  #welcomedAtMs: number | null = null
  /** The least that anything heard over this connection can be off by. */
  #heardErrorMs = Number.POSITIVE_INFINITY

  constructor(
    readonly intake: Intake,
    readonly deadline: Deadline,
  ) {}

  /** A new connection is asked for: it has to answer for itself. */
  connecting(nowMs: number): void {
    this.#connectionAskedAtMs = nowMs
    this.#welcomedAtMs = null
    this.#heardErrorMs = Number.POSITIVE_INFINITY
  }

  welcomed(nowMs: number, serverTimeMs: number): void {
    this.#learn(fromMessage(this.#connectionAskedAtMs, nowMs, serverTimeMs))
    this.#welcomedAtMs ??= nowMs
  }

  answered(askedAtMs: number, nowMs: number, serverTimeMs: number): void {
    this.#learn(fromPing(askedAtMs, nowMs, serverTimeMs))
  }

  /**
   * The local clock has leapt. What was recorded before the leap gets its time by what was known then, however roughly: no
   * later answer can tell of the clock as it was. What follows waits for one.
   */
  leapt(): void {
    if (this.#welcomedAtMs !== null) this.intake.startMapping()
    this.#welcomedAtMs = null
    this.intake.doubtClock()
  }

  /**
   * The connection is gone. What waits gets its time by what was known, however roughly: the next load of a page that dies meanwhile
   * could go by the wall clock alone, which may be hours off.
   */
  lost(): void {
    if (this.#welcomedAtMs !== null) this.intake.startMapping()
  }

  /** Gives final times to what waits, once the clock is known well, or patience is at its end. */
  mapIfKnown(nowMs: number): void {
    if (this.intake.isMapping || this.#welcomedAtMs === null || this.#estimate === null) return
    // Not the estimate's own error: that may be from before a leap, which only an answer from after it can contradict.
    const isGood = this.#heardErrorMs <= GOOD_CLOCK_ERROR_MS
    if (isGood || this.deadline.isDue(nowMs, this.#welcomedAtMs + CLOCK_PATIENCE_MS))
      this.intake.startMapping()
  }

  #learn(estimate: ClockEstimate): void {
    this.#heardErrorMs = Math.min(this.#heardErrorMs, estimate.errorMs)
    this.#estimate = betterEstimate(this.#estimate, estimate)
    this.intake.offsetMs = this.#estimate.offsetMs
  }
}
