/** What is known of the server's clock: server time = local time + offsetMs, give or take errorMs. */
export interface ClockEstimate {
  offsetMs: number
  errorMs: number
  /** Local time at which it was made; an estimate grows worse as the two clocks drift apart. */
  atMs: number
}

/** Two quartz clocks run apart by up to 100 µs a second. */
const DRIFT_MS_PER_MS = 0.0001

/** From one `clock` call: the server read its clock somewhere between sending and receiving. */
export const fromPing = (sentAtMs: number, receivedAtMs: number, serverTimeMs: number): ClockEstimate => ({
  offsetMs: serverTimeMs - (sentAtMs + receivedAtMs) / 2,
  errorMs: (receivedAtMs - sentAtMs) / 2,
  atMs: receivedAtMs,
})

/**
 * From a message that carries the server's time. It was written after the connection was asked for and most
 * likely shortly before it came, so the error is all on one side.
 */
export const fromMessage = (
  connectionAskedAtMs: number,
  receivedAtMs: number,
  serverTimeMs: number,
): ClockEstimate => ({
  offsetMs: serverTimeMs - receivedAtMs,
  errorMs: receivedAtMs - connectionAskedAtMs,
  atMs: receivedAtMs,
})

/**
 * The better of two estimates: the one with the smaller error by now. Two that can't both be true mean that a
 * clock was set, or that the computer slept: then the newer one counts, however inexact.
 */
export function betterEstimate(known: ClockEstimate | null, fresh: ClockEstimate): ClockEstimate {
  if (known === null) return fresh
  const knownErrorMs = known.errorMs + (fresh.atMs - known.atMs) * DRIFT_MS_PER_MS
  // 1 ms: servers tell whole milliseconds.
  const contradict = Math.abs(fresh.offsetMs - known.offsetMs) > knownErrorMs + fresh.errorMs + 1
  return contradict || fresh.errorMs <= knownErrorMs ? fresh : known
}
