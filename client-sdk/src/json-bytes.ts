const encoder = new TextEncoder()
/** Reused: an array of its own for each long text would cost more than the encoding. */
const scratch = new Uint8Array(32 * 1024)

/** UTF-8 bytes of a text that is JSON already (JSON.stringify leaves no lone surrogate in it). */
export function utf8Bytes(json: string): number {
  // A loop beats the encoder on a keystroke's 60 characters, and is beaten on a long text.
  return json.length > 200 ? encodedBytes(json) : countedBytes(json)
}

function encodedBytes(json: string): number {
  let bytes = 0
  for (let at = 0; at < json.length; ) {
    const end = notInPair(json, Math.min(json.length, at + scratch.length))
    const { read, written } = encoder.encodeInto(json.slice(at, end), scratch)
    bytes += written
    at += read
  }
  return bytes
}

function countedBytes(json: string): number {
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

/** A piece of a text: up to where, and how many bytes it takes inside a JSON string. */
export interface JsonPiece {
  end: number
  bytes: number
}

/**
 * A long piece of `text` that starts at `start` and takes at most `maxBytes` inside a JSON string: all that is
 * left, or a sixth of `maxBytes` at the least. Never ends between the two halves of a surrogate pair; a lone
 * surrogate stays as it is. The piece has at least one character, whatever `maxBytes` says, so that a loop over
 * pieces comes to an end.
 */
export function jsonPiece(text: string, start: number, maxBytes: number): JsonPiece {
  // Measured by the engine's own JSON.stringify: a loop over the units takes ten times as long, and this may
  // run in the handler of a paste.
  let units = Math.min(text.length - start, maxBytes)
  for (;;) {
    const end = notInPair(text, start + Math.max(1, units))
    const bytes = utf8Bytes(JSON.stringify(text.slice(start, end))) - 2
    if (bytes <= maxBytes || units <= 1) return { end, bytes }
    units = Math.min(units - 1, Math.floor((units * maxBytes) / bytes))
  }
}

/** The place itself, or the one behind the pair that it would split. */
const notInPair = (text: string, place: number): number =>
  isHigh(text.charCodeAt(place - 1)) && isLow(text.charCodeAt(place)) ? place + 1 : place

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
