import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonPiece, utf8Bytes } from './json-bytes.js'

/** Any UTF-16 a browser can send: lone surrogates, NUL and all. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 }),
)
const bytesOf = (text: string) => Buffer.byteLength(text)

test('[R7] bytes are those of UTF-8', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = JSON.stringify(text)
      expect(utf8Bytes(json)).toBe(bytesOf(json))
    }),
  )
})

test('a pair across the place where a long text is taken in two is one', () => {
  for (const before of [32_766, 32_767, 32_768]) {
    const json = JSON.stringify(`${'a'.repeat(before)}😀${'b'.repeat(50_000)}漢`)
    expect(utf8Bytes(json)).toBe(bytesOf(json))
  }
})

test('[R7][R8] pieces are whole again, fit, are not too short, and split no pair', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 12, max: 60 }), (text, maxBytes) => {
      const pieces: string[] = []
      for (let start = 0; start < text.length; ) {
        const { end, bytes } = jsonPiece(text, start, maxBytes)
        expect(bytes).toBe(bytesOf(JSON.stringify(text.slice(start, end))) - 2)
        pieces.push(text.slice(start, end))
        start = end
      }
      expect(pieces.join('')).toBe(text)
      pieces.forEach((piece, i) => {
        const next = pieces[i + 1]
        const bytes = bytesOf(JSON.stringify(piece)) - 2
        expect(bytes).toBeLessThanOrEqual(maxBytes)
        if (next === undefined) return
        expect(bytes).toBeGreaterThanOrEqual(Math.floor(maxBytes / 6) - 6)
        expect(/[\ud800-\udbff]$/.test(piece) && /^[\udc00-\udfff]/.test(next)).toBe(false)
      })
    }),
  )
})

test('a piece has something in it even where nothing fits', () => {
  expect(jsonPiece('😀😀', 0, 1)).toEqual({ end: 2, bytes: 4 })
})
