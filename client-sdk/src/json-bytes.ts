const encoder = new TextEncoder()

/** UTF-8 bytes of a text that is JSON already (JSON.stringify leaves no lone surrogate in it). */
export function utf8Bytes(json: string): number {
  // A loop beats the encoder on a keystroke's 60 characters; the encoder beats it twenty times on a long text.
  if (json.length > 200) return encoder.encode(json).length
  let bytes = json.length
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    // A pair is four bytes for two units: what the high one has added is all.
    if (isHigh(unit) && isLow(json.charCodeAt(i + 1))) i++
  }
  return bytes
}

/**
 * Where the longest piece of `text` that starts at `start` and takes at most `maxBytes` inside a JSON string
 * ends. Never between the two halves of a surrogate pair; a lone surrogate stays as it is. The piece has at
 * least one character (or one pair), whatever `maxBytes` says, so that a loop over pieces comes to an end.
 */
export function jsonPieceEnd(text: string, start: number, maxBytes: number): number {
  let bytes = 0
  let i = start
  while (i < text.length) {
    const unit = text.charCodeAt(i)
    const isPair = isHigh(unit) && isLow(text.charCodeAt(i + 1))
    bytes += isPair ? 4 : unitBytes(unit)
    if (bytes > maxBytes && i > start) break
    i += isPair ? 2 : 1
  }
  return i
}

/** Bytes of one UTF-16 unit, not half of a pair, as JSON.stringify writes it. */
function unitBytes(unit: number): number {
  if (unit < 0x20) return SHORT_ESCAPES.has(unit) ? 2 : 6
  if (unit < 0x80) return unit === 0x22 || unit === 0x5c ? 2 : 1
  if (unit < 0x800) return 2
  return isHigh(unit) || isLow(unit) ? 6 : 3
}

/** \b \t \n \f \r; all other control characters are written \u00XX. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d])

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
