import { MASK_CHAR } from '../../protocol/redaction.js'
import { eachRange, type Ranges } from './ranges.js'

/** Line breaks stay: rows of a screen and lines of a file are counted by them. */
const HIDDEN = /[^\r\n]/g

export const maskAll = (text: string): string => text.replace(HIDDEN, MASK_CHAR)

/** The text with these places masked: as long as before, the same lines. */
export function maskRanges(text: string, ranges: Ranges): string {
  if (ranges.length === 0) return text
  let masked = ''
  let end = 0
  for (const [from, to] of eachRange(ranges)) {
    masked += text.slice(end, from) + maskAll(text.slice(from, to))
    end = to
  }
  return masked + text.slice(end)
}
