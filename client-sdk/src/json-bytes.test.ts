import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Bytes } from './json-bytes.js'

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

test('a pair is one character, wherever it stands', () => {
  for (const before of [0, 1, 32_767]) {
    const json = JSON.stringify(`${'a'.repeat(before)}😀${'b'.repeat(50_000)}漢`)
    expect(utf8Bytes(json)).toBe(bytesOf(json))
  }
})
