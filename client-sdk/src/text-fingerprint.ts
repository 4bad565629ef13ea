/**
 * A short stand-in for a text, to tell without keeping it whether another one is the same: its length and four
 * multiplicative hashes over its UTF-16 units. Not for secrets: texts that collide can be made.
 */
export function fingerprintOf(text: string): string {
  let [a, b, c, d] = [0xdeadbeef, 0x41c6ce57, 0x9e3779b9, 0x85ebca6b]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
    c = Math.imul(c ^ (unit + i), 2246822507)
    d = Math.imul(d ^ (unit + i), 3266489909)
  }
  return [text.length, a >>> 0, b >>> 0, c >>> 0, d >>> 0].map((n) => n.toString(36)).join('.')
}
