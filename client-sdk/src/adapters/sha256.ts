/**
 * SHA-256, hex, over the text as a JSON string, so that every UTF-16 text has exactly one hash [R8]. At once, since
 * what is recorded in a handler must not lose its place while it waits for a hash; for short texts: a handler has no
 * more than 2 ms. `crypto.subtle` can't do that, and is missing on pages that came over plain http.
 */
export function sha256OfText(text: string): string {
  const bytes = jsonBytes(text)
  // A one bit behind the message, zeros, and in the last 8 bytes its length in bits.
  const blocks = new DataView(new ArrayBuffer((((bytes.length + 8) >> 6) + 1) << 6))
  new Uint8Array(blocks.buffer).set(bytes)
  blocks.setUint8(bytes.length, 0x80)
  blocks.setUint32(blocks.byteLength - 4, bytes.length * 8)
  constants ||= { start: fractionsOfRoots(1 / 2), rounds: fractionsOfRoots(1 / 3) }
  const state = constants.start.slice(0, 8)
  const words = new Int32Array(64)
  for (let at = 0; at < blocks.byteLength; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = blocks.getInt32(at + 4 * i)
    mix(state, constants.rounds, words)
  }
  return Array.from(state, (word) => hex(word >>> 0, 8)).join('')
}

/** The same of a long text, by the browser, beside the page's work; null where it can't. */
export async function sha256OfLongText(text: string): Promise<string | null> {
  const digest = await globalThis.crypto?.subtle?.digest('SHA-256', jsonBytes(text)).catch(() => null)
  return digest ? Array.from(new Uint8Array(digest), (byte) => hex(byte, 2)).join('') : null
}

const jsonBytes = (text: string) => new TextEncoder().encode(JSON.stringify(text))
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** Mixes one block of 16 words into the state; the names are those of FIPS 180-4. */
function mix(state: Int32Array, rounds: Int32Array, w: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight
  for (let i = 0; i < 64; i++) {
    if (i > 15) {
      const x = w[i - 15] as number
      const y = w[i - 2] as number
      const s0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)
      const s1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10)
      w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1
    }
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + (rounds[i] as number) + (w[i] as number)
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  ;[a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] = (state[i] as number) + word
  })
}

type Eight = [number, number, number, number, number, number, number, number]
const rotated = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** Kept between hashes: making it takes longer than hashing most texts. */
let constants: { start: Int32Array; rounds: Int32Array } | undefined

/** The first 32 bits behind the point of the roots of the first 64 primes. */
function fractionsOfRoots(power: number): Int32Array {
  const primes: number[] = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n)
  return Int32Array.from(primes, (prime) => (prime ** power % 1) * 2 ** 32)
}
