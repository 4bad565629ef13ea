/** UTF-8 bytes of a text that is JSON already (JSON.stringify leaves no lone surrogate in it). */
export function utf8Bytes(json: string): number {
  let bytes = json.length
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (unit < 0x80) continue
    // Two bytes, three, or four for a pair: what its high half has added is all.
    bytes += unit < 0x800 ? 1 : 2
    if (unit >= 0xd800 && unit <= 0xdbff) i++
  }
  return bytes
}
