/**
 * Characters that a candidate can type and nobody sees: controls, what turns the direction of text around it, what has no
 * width, halves of surrogate pairs. Each is shown as a mark, so that a text reads as it is and does nothing.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\uffff]|\u034f|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** The mark of one such character: a picture of a control character (␛), else its number. */
export function markOf(char: string): string {
  const code = char.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
}

export interface TextPart {
  text: string
  /** Stands for a character that can't be seen. */
  isMark: boolean
  /** Of the original, in UTF-16 units. */
  from: number
  to: number
}

/** A text in parts: as it is, and marks. */
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

/** A text on one line, marks and all, of at most `maxUnits` of the original. */
export function oneLine(text: string, maxUnits = 300): string {
  const shown = text.length > maxUnits ? `${text.slice(0, maxUnits)}…` : text
  return shown.replace(UNSEEN, markOf)
}
