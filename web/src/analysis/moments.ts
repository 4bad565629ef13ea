import { momentText } from '../player/moment.js'
import { pathOfSession } from '../routing.js'

/** A place in a recording, and what is there in a few words. */
export interface Moment {
  /** Epoch ms. */
  atMs: number
  what: string
}

/** `27:31`, `1:02:03`: whole seconds since the first event, for people. */
export function offsetText(offsetMs: number): string {
  const totalSec = Math.max(0, Math.floor(offsetMs / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const [hours, minutes, seconds] = [
    Math.floor(totalSec / 3600),
    Math.floor(totalSec / 60) % 60,
    totalSec % 60,
  ]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}

/** The player's address at a moment, to the millisecond: a second rounded down would open before the event. `firstMs` is the session's first event. */
export const pathOfMoment = (sessionId: string, atMs: number, firstMs: number): string =>
  `${pathOfSession(sessionId)}#t=${momentText(atMs - firstMs)}`
