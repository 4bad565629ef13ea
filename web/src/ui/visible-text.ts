import { counted } from './format.js'

/**
 * Characters that nobody sees though they are there: controls, overrides and isolates of the writing direction, what has no
 * width or only looks like a space, halves of surrogate pairs. Each is shown as a mark, so that a text reads as it is and does
 * nothing. Joiners (U+200C, U+200D) and direction marks (U+061C, U+200E, U+200F) stay: emoji and right-to-left scripts
 * are written with them.
 */
const UNSEEN = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180e]',
    '[\\u200b\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\uffff]',
    '[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]',
  ].join('|'),
  'g',
)

/** The mark of one such character: a picture of a control character (␛), else its number. */
function markOf(char: string): string {
  const code = char.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`
}

export interface TextPart {
  text: string
  /** Stands for a character that can't be seen. */
  isMark: boolean
  /** Of the original, in UTF-16 units. */
  from: number
  to: number
}

/** A text of one line in parts: as it is, and marks. */
export function visibleParts(text: string): TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  for (const match of text.matchAll(UNSEEN)) {
    if (match.index > from) parts.push(plain(text, from, match.index))
    from = match.index + match[0].length
    parts.push({ text: markOf(match[0]), isMark: true, from: match.index, to: from })
  }
  if (from < text.length) parts.push(plain(text, from, text.length))
  return parts
}

const plain = (text: string, from: number, to: number): TextPart => ({
  text: text.slice(from, to),
  isMark: false,
  from,
  to,
})

/** A text on one line, line ends as marks too, of at most `maxUnits` of the original. */
export function oneLine(text: string, maxUnits = 300): string {
  const shown = text.length > maxUnits ? `${text.slice(0, maxUnits)}…` : text
  return shown.replace(UNSEEN, markOf)
}

/** A text with its lines and tabs, no longer than a layout bears. What is cut says so. */
export function visibleText(text: string, maxChars: number): string {
  const cut = text.length > maxChars ? text.slice(0, maxChars) : text
  const shown = cut.replace(UNSEEN, (char) => (LAID_OUT.has(char) ? char : char === '\r' ? '' : markOf(char)))
  return cut === text ? shown : `${shown}… (${counted(text.length - maxChars, 'more character')})`
}

const LAID_OUT = new Set(['\n', '\t'])
