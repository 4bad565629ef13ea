import { wellFormed } from './well-formed.js'

const MAX_CHARS = 120
/** Control characters, line ends, and what changes the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** A text as one short line that shows all it holds: for names and labels. */
export function plain(text: string): string {
  const line = wellFormed(text.slice(0, MAX_CHARS + 1)).replace(UNSEEN, ' ')
  return text.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line
}
