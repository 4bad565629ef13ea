import { counted } from './format.js'

/**
 * What steers text without being seen: controls, overrides and isolates of the writing direction, spaces without width.
 * Joiners (U+200C, U+200D) and marks (U+200E, U+200F) stay: emoji and right-to-left scripts are written with them.
 */
const UNSEEN = new RegExp(
  [
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad]',
    '[\\u200b\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufeff]',
  ].join('|'),
  'g',
)

const spelled = (char: string): string =>
  char === '\r' ? '' : `‹U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`

/**
 * A candidate's text as it may stand in the page: unseen characters spelled out, and no longer than a layout bears. What
 * is cut says so.
 */
export function visibleText(text: string, maxChars: number): string {
  const cut = text.length > maxChars ? text.slice(0, maxChars) : text
  const shown = cut.replace(UNSEEN, spelled)
  return cut === text ? shown : `${shown}… (${counted(text.length - maxChars, 'more character')})`
}
