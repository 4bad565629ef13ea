import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textChange } from './text-change.js'

test.each([
  ['', 'abc', { from: 0, to: 0, insert: 'abc' }],
  ['abc', 'abxc', { from: 2, to: 2, insert: 'x' }],
  ['aaa', 'aaaa', { from: 3, to: 3, insert: 'a' }],
  ['abcd', 'ad', { from: 1, to: 3, insert: '' }],
  ['same', 'same', null],
])('%j → %j', (before, after, change) => {
  expect(textChange(before, after)).toEqual(change)
})

test('applying the change gives the new text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\ud83d', '\ude00'), maxLength: 30 })
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { from, to, insert } = textChange(before, after) ?? { from: 0, to: 0, insert: '' }
      expect(before.slice(0, from) + insert + before.slice(to)).toBe(after)
    }),
  )
})
