import { expect, test } from 'vitest'
import { oneLine, visibleParts } from './unseen.js'

test.each([
  ['plain ünïcode 🙂', 'plain ünïcode 🙂'],
  ['\u001b[31mred\u0007', '␛[31mred␇'],
  ['a\u202eb\u200bc\ufeff', 'a⟨202E⟩b⟨200B⟩c⟨FEFF⟩'],
  ['half \ud83d and \ude42', 'half ⟨D83D⟩ and ⟨DE42⟩'],
  ['two\nlines\u2028', 'two␊lines⟨2028⟩'],
  ['عربي', 'عربي'],
])('%j is shown as %j', (text, shown) => {
  expect(oneLine(text)).toBe(shown)
})

test('a long text is cut, and its parts cover it without a hole', () => {
  expect(oneLine('x'.repeat(1e6)).length).toBe(301)
  const text = '\u0000a\u202e\u202eb'
  const parts = visibleParts(text)
  expect(parts.map(({ from, to }) => text.slice(from, to)).join('')).toBe(text)
  expect(parts.map(({ isMark }) => isMark)).toEqual([true, false, true, true, false])
})
