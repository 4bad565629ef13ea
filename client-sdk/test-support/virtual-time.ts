import type { RecorderEnvironment } from '../src/recorder.js'
import { Sender } from '../src/sender.js'

/** Numbers in [0, 1) from a seed, the same on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A clock that stands still until it is run; hours pass in milliseconds. */
export class VirtualTime {
  nowMs = 1_700_000_000_000
  /** In the order they will run. */
  #timers: { atMs: number; run: () => void }[] = []

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, run }
    const later = this.#timers.findIndex((other) => other.atMs > timer.atMs)
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Runs timers in order until the condition holds; answers whether it did within so much virtual time. */
  async runUntil(condition: () => boolean, mostMs: number): Promise<boolean> {
    const endMs = this.nowMs + mostMs
    for (;;) {
      await settled()
      if (condition()) return true
      const next = this.#timers[0]
      if (next === undefined || next.atMs > endMs) {
        this.nowMs = endMs
        return condition()
      }
      this.#timers.shift()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.run()
    }
  }

  /** Lets so much virtual time pass. */
  async run(forMs: number): Promise<void> {
    await this.runUntil(() => false, forMs)
  }
}

/** Lets what promises have set off happen: an answer over HTTP passes through some twenty of them. */
async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}

export function virtualEnvironment(
  time: VirtualTime,
  random: () => number,
  parts: Pick<RecorderEnvironment, 'openLink'> & Partial<RecorderEnvironment>,
): RecorderEnvironment {
  return {
    nowMs: () => time.nowMs,
    random,
    after: time.after,
    // At hand, so that virtual time need not wait for files.
    loadSender: async () => ({ Sender }),
    fetch: () => Promise.reject(new TypeError('no network here')),
    ...parts,
  }
}
