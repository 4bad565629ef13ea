import { type Environment, hostEnvironment } from '../../client-sdk/src/environment.js'
import { type OpenLink, openSocketLink } from '../../client-sdk/src/link.js'
import type { RecorderEnvironment } from '../../client-sdk/src/recorder.js'
import { Sender } from '../../client-sdk/src/sender.js'

/** What befalls the connections of all candidates; a fault sets it and takes it back. */
export interface CandidateWeather {
  /** Batches arrive, their answers don't. */
  acksLost: boolean
  /** Each batch arrives twice, the second time up to half a second later, past those that follow it. */
  batchesTwice: boolean
}

const MOST_LATE_MS = 500

/** A candidate's computer: a clock that may be wrong, a connection that the weather plays with. */
export function candidateEnvironment(clock: CandidateClock, weather: CandidateWeather): RecorderEnvironment {
  return {
    ...hostEnvironment,
    ...clock.readings,
    openLink: linkIn(weather),
    // Not loaded beside: nothing is left to load modules with once a command has begun.
    loadSender: async () => ({ Sender }),
  }
}

/** A clock ahead of the machine's, which can be set. */
export class CandidateClock {
  #wallAheadMs: number
  /** The recorder's own clock follows the wall clock ahead, which may be sleep, and never back. */
  #monotonicAheadMs: number
  #leaps = 0

  constructor(aheadMs = 0) {
    this.#wallAheadMs = this.#monotonicAheadMs = aheadMs
  }

  set(byMs: number): void {
    this.#leaps++
    this.#wallAheadMs += byMs
    this.#monotonicAheadMs += Math.max(0, byMs)
  }

  readonly readings: Pick<Environment, 'nowMs' | 'wallMs' | 'leaps'> = {
    nowMs: () => hostEnvironment.nowMs() + this.#monotonicAheadMs,
    wallMs: () => Date.now() + this.#wallAheadMs,
    leaps: () => this.#leaps,
  }
}

const linkIn =
  (weather: CandidateWeather): OpenLink =>
  (target, events) => {
    const link = openSocketLink(target, events)
    return {
      emit: (event, args, ack) => {
        const isBatch = event === 'batch'
        if (isBatch && weather.batchesTwice) {
          setTimeout(() => link.emit(event, args, () => {}), Math.random() * MOST_LATE_MS)
        }
        link.emit(event, args, (answer) => {
          if (!(isBatch && weather.acksLost)) ack(answer)
        })
      },
      close: () => link.close(),
    }
  }
