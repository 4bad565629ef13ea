import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines } from '../line-diff.js'
import { textBeforeDiff } from './previous-text.js'

const anyText = fc
  .array(fc.constantFrom('a\n', 'b\n', '\n', 'c', '\r\n'), { maxLength: 12 })
  .map((lines) => lines.join(''))

test('a diff and the later text tell the earlier one', () => {
  fc.assert(
    fc.property(anyText, anyText, (before, after) => {
      expect(textBeforeDiff(after, diffLines(before, after).diff)).toBe(before)
    }),
  )
})
