import { leftMs } from '../clock.js'

/**
 * How much time a candidate has, before the interview begins. One that somebody was invited to has a clock that runs
 * from when it was made.
 *
 * @param invited since when its clock runs, epoch ms; null where the session is made when it starts
 * @param timeLimitSec null: without a limit
 * @param serverNowMs the service's time, epoch ms; null where it is not known: this computer's may be hours off
 */
export function timeWords(
  invited: { startTimeMs: number } | null,
  timeLimitSec: number | null,
  serverNowMs: number | null,
): string {
  if (timeLimitSec === null) return 'You have as much time as you like.'
  const limit = minutes(timeLimitSec * 1000)
  if (invited === null) return `You have ${limit}; the clock starts when you do.`
  if (serverNowMs === null) return `You have ${limit} in all: the clock is already running.`
  const left = leftMs({ ...invited, timeLimitSec }, serverNowMs) ?? 0
  if (left <= 0) return `The time for it, ${limit}, is over.`
  // A clock that is set back while this is shown would have more than there is.
  const leftWords = minutes(Math.min(left, timeLimitSec * 1000))
  return `You have ${leftWords} left: the clock is already running.`
}

function minutes(ms: number): string {
  const whole = Math.floor(ms / 60_000)
  return whole === 0 ? 'less than a minute' : whole === 1 ? '1 minute' : `${whole} minutes`
}
