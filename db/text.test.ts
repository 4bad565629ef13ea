import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashText, toColumnText } from './text.js'

const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units))

test('[R8] a column gets U+FFFD for NULs and lone surrogates, and nothing else changed', () => {
  expect(toColumnText('a\0b\ud83dc\ude00d😀é\u2028')).toBe('a\ufffdb\ufffdc\ufffdd😀é\u2028')
  fc.assert(
    fc.property(anyText, (text) => {
      const column = toColumnText(text)
      expect(column).toHaveLength(text.length)
      expect(column.isWellFormed() && !column.includes('\0')).toBe(true)
      expect(toColumnText(column)).toBe(column)
    }),
  )
})

test('[R8] the hash is SHA-256 over the JSON text, so texts that a column cannot tell apart have their own', () => {
  expect(hashText('a\n')).toBe(createHash('sha256').update('"a\\n"').digest('hex'))
  expect(new Set(['\ud83d', '\ude00', '\ufffd', '\0', ''].map(hashText)).size).toBe(5)
})
