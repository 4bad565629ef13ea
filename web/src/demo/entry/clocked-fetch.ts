import { middleOf, rangeOf, sampleOf } from '../../data/server-clock.js'

/** Fetches, and learns from the answers how the service's clock stands to this computer's, to half a second or so. */
export class ClockedFetch {
  #offsetMs: number | null = null

  /** The service's clock minus this computer's; null where no answer told it. */
  get offsetMs(): number | null {
    return this.#offsetMs
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const sentAtMs = Date.now()
    const answer = await globalThis.fetch(input, init)
    const sample = sampleOf(answer, sentAtMs)
    if (sample !== null) this.#offsetMs = middleOf(rangeOf(sample))
    return answer
  }
}
