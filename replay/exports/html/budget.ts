import { type Html, html } from './escape.js'
import { counted } from './words.js'

/** How much of a section is written before it says that the rest is elsewhere. In characters of HTML. */
const MAX_SECTION_CHARS = 8 * 1024 * 1024

/** Counts what a section has written. */
export class Budget {
  private left: number
  /** Entries that were left out. */
  leftOut = 0

  constructor(chars = MAX_SECTION_CHARS) {
    this.left = chars
  }

  /** The entry, or null once the section is full: then it is counted. */
  take(entry: Html): Html | null {
    if (this.left <= 0) {
      this.leftOut++
      return null
    }
    this.left -= entry.markup.length
    return entry
  }

  /** What is said at the end. */
  rest(what: string, where: string): Html {
    if (this.leftOut === 0) return html``
    return html`<p class="cut">${counted(this.leftOut, `more ${what}`)} not shown here: this page would become too large. ${where}</p>
`
  }
}

/** A text of which a page shows so much: its beginning and its end, with what lies between in words. */
export function cutText(
  text: string,
  maxChars: number,
): { start: string; omittedChars: number; end: string } {
  if (text.length <= maxChars) return { start: text, omittedChars: 0, end: '' }
  const half = Math.floor(maxChars / 2)
  return { start: text.slice(0, half), omittedChars: text.length - 2 * half, end: text.slice(-half) }
}

/** The same as HTML. Lone halves at the cut show as such. */
export function shortened(text: string, maxChars: number, where: string): Html {
  const { start, omittedChars, end } = cutText(text, maxChars)
  if (omittedChars === 0) return html`${start}`
  return html`${start}<span class="cut">… ${counted(omittedChars, 'character')} left out here. ${where} …</span>${end}`
}

export const NDJSON_HAS_ALL = 'The NDJSON export has all of it.'
