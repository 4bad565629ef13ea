import type { Deadline } from './deadline.js'
import * as timing from './recorder-timing.js'

/** A question for this source's watermarks. */
export interface WatermarkQuestion {
  id: number
  askedAtMs: number
  /** What the service must have by then, since nothing up to it was in flight; less means that it fell back [R4]. */
  hadSeq: number
}

/** When a recorder asks the service for something other than to take a batch. */
export class RecorderQuestions {
  /** The one that is not answered yet. */
  watermark: WatermarkQuestion | null = null
  /** When something was last heard about what is committed. */
  newsAtMs = 0
  #asked = 0
  #clockAsks = 0
  #clockAskedAtMs = 0

  constructor(readonly deadline: Deadline) {}

  /** A new connection: its clock is asked for at once. */
  connected(): void {
    this.watermark = null
    this.#clockAsks = 0
  }

  /**
   * Whether to ask for the watermarks now.
   * @param sinceMs nothing new can be known of events that were recorded after it
   */
  isWatermarkDue(nowMs: number, sinceMs: number, isAwaited: boolean): boolean {
    if (this.watermark) return false
    const everyMs = isAwaited ? timing.AWAITED_WATERMARK_MS : timing.WATERMARK_MS
    return this.deadline.isDue(nowMs, sinceMs + everyMs)
  }

  /** @returns its id */
  askWatermark(nowMs: number, hadSeq: number): number {
    this.watermark = { id: ++this.#asked, askedAtMs: nowMs, hadSeq }
    return this.#asked
  }

  /** The question that an answer belongs to; null where it no longer counts. */
  answered(nowMs: number, id: number): WatermarkQuestion | null {
    const question = this.watermark
    if (question?.id !== id) return null
    this.watermark = null
    this.newsAtMs = nowMs
    return question
  }

  /** Whether to ask for the server's clock now; if so, it counts as asked. */
  isClockDue(nowMs: number): boolean {
    const isEarly = this.#clockAsks < timing.FIRST_CLOCK_ASKS
    const everyMs = isEarly ? timing.FIRST_CLOCK_ASK_MS : timing.CLOCK_ASK_MS
    if (this.#clockAsks > 0 && !this.deadline.isDue(nowMs, this.#clockAskedAtMs + everyMs)) return false
    this.#clockAsks++
    this.#clockAskedAtMs = nowMs
    this.deadline.isDue(nowMs, nowMs + timing.FIRST_CLOCK_ASK_MS)
    return true
  }
}
