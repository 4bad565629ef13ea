import { type OpenLink, openSocketLink } from './link.js'

/** Time, chance and the network, as the SDK meets them; tests bring their own. */
export interface Environment {
  /** Epoch ms by the local clock, monotonic: unmoved when the wall clock is set. */
  nowMs(): number
  /** In [0, 1). */
  random(): number
  /** Runs `run` later, once; answers a function that calls it off. */
  after(delayMs: number, run: () => void): () => void
  openLink: OpenLink
  fetch: typeof globalThis.fetch
}

/** The browser or Node process this runs in. */
export const hostEnvironment: Environment = {
  nowMs: () => performance.timeOrigin + performance.now(),
  // Ids come from here: Math.random alone could give two pages of one candidate the same source.
  random: () => (crypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32,
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, MAX_TIMEOUT_MS))
    return () => clearTimeout(timer)
  },
  openLink: openSocketLink,
  fetch: (...args) => globalThis.fetch(...args),
}

/** setTimeout takes a signed 32-bit number and fires at once above it. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** A version 4 UUID. crypto.randomUUID is missing on pages that came over plain http. */
export function randomUuid(env: Environment): string {
  const digits = Array.from({ length: 32 }, (_, i) => {
    const nibble = Math.floor(env.random() * 16)
    if (i === 12) return '4'
    return (i === 16 ? (nibble & 3) | 8 : nibble).toString(16)
  }).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
