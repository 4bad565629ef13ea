import type { OpenLink } from './link.js'

/** Time, chance, the network and the page, as the SDK meets them; tests bring their own. */
export interface Environment {
  /** Epoch ms by the local clock; never falls, and is unmoved when the wall clock is set back. */
  nowMs(): number
  /** Epoch ms by the wall clock, whoever sets it: the only time that the next load of the page shares with this one. */
  wallMs?(): number
  /** How often the wall clock has leapt against the local one: the computer slept, or its clock was set. */
  leaps?(): number
  /** In [0, 1). */
  random(): number
  /** Runs `run` later, once; answers a function that calls it off. */
  after(delayMs: number, run: () => void): () => void
  /** Tells when the page is hidden or shown, and when it is being left; answers a function that ends it. */
  watchPage?(heard: { shown(isShown: boolean): void; left(): void }): () => void
  /** Over Socket.IO where it is absent. */
  openLink?: OpenLink
  fetch: typeof globalThis.fetch
}

/** The browser or Node process this runs in. */
export const hostEnvironment: Environment = {
  ...hostClock(),
  // Ids come from here: Math.random alone could give two pages of one candidate the same source.
  random: () => (crypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32,
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, MAX_TIMEOUT_MS))
    return () => clearTimeout(timer)
  },
  watchPage: (heard) => {
    const page = globalThis.document
    if (!page) return () => {}
    const onVisibility = () => heard.shown(page.visibilityState === 'visible')
    const onLeft = () => heard.left()
    page.addEventListener('visibilitychange', onVisibility)
    addEventListener('pagehide', onLeft)
    return () => {
      page.removeEventListener('visibilitychange', onVisibility)
      removeEventListener('pagehide', onLeft)
    }
  },
  fetch: (...args) => globalThis.fetch(...args),
}

/**
 * A monotonic clock that knows of sleep. Some systems stop theirs while the computer sleeps; the wall clock, which runs on,
 * has then leapt ahead of it. So it has when somebody sets it: the next contact with the service tells the two apart.
 */
function hostClock(): Required<Pick<Environment, 'nowMs' | 'wallMs' | 'leaps'>> {
  const originMs = performance.timeOrigin
  let sleptMs = 0
  let leaps = 0
  let aheadMs: number | undefined
  return {
    nowMs: () => {
      const monotonicMs = originMs + performance.now()
      const nowAheadMs = Date.now() - monotonicMs
      const leapMs = nowAheadMs - (aheadMs ?? nowAheadMs)
      aheadMs = nowAheadMs
      if (Math.abs(leapMs) > LEAP_MS) {
        leaps++
        // Set back, it says nothing of sleep.
        sleptMs += Math.max(0, leapMs)
      }
      return monotonicMs + sleptMs
    },
    wallMs: () => Date.now(),
    leaps: () => leaps,
  }
}

/** More than clocks are adjusted by at once to be right, and than rounding makes. */
const LEAP_MS = 1_000

/** setTimeout takes a signed 32-bit number and fires at once above it. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** A version 4 UUID. crypto.randomUUID is missing on pages that came over plain http. */
export function randomUuid(env: Environment): string {
  return Array.from({ length: 32 }, (_, i) => {
    const nibble = Math.floor(env.random() * 16)
    const digit = i === 12 ? 4 : i === 16 ? (nibble & 3) | 8 : nibble
    return (i > 7 && i < 21 && i % 4 === 0 ? '-' : '') + digit.toString(16)
  }).join('')
}
