const LONE_SURROGATE = /\p{Surrogate}/gu
const PIECE_UNITS = 64 * 1024

/** The text with U+FFFD for each lone surrogate, which has no UTF-8. */
export const wellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\ufffd')

/** How many bytes a well-formed text has in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // The two halves of a pair count two bytes each.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}

/** A well-formed text in pieces of a size that a stream can hold back between, none ending inside a pair. */
export function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + PIECE_UNITS, text.length)
    if (end < text.length && isHigh(text.charCodeAt(end - 1))) end--
    yield text.slice(at, end)
    at = end
  }
}

export const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
