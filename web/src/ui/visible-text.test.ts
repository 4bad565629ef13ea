import { expect, test } from 'vitest'
import { oneLine, visibleParts, visibleText } from './visible-text.js'

test.each([
  ['plain ünïcode 🙂', 'plain ünïcode 🙂'],
  ['\u001b[31mred\u0007\u0000', '␛[31mred␇␀'],
  ['a\u202egpj.exe\u200bc\ufeff', 'a‹U+202E›gpj.exe‹U+200B›c‹U+FEFF›'],
  ['half \ud83d and \ude42', 'half ‹U+D83D› and ‹U+DE42›'],
  ['c1 \u009b and \u2028', 'c1 ‹U+009B› and ‹U+2028›'],
])('what nobody sees in %j is shown: %j', (text, shown) => {
  expect(oneLine(text)).toBe(shown)
  expect(visibleText(text, 100)).toBe(shown)
})

test('what people write stays: joined emoji, right-to-left text with its marks', () => {
  const text = 'two 👩‍💻 שלום\u200f می‌خواهم عربي'
  expect(oneLine(text)).toBe(text)
  expect(visibleText(text, 100)).toBe(text)
})

test('lines and tabs stay where there is room for them, and are marks where there is one line', () => {
  expect(visibleText('one\n\ttwo\r\nthree', 100)).toBe('one\n\ttwo\nthree')
  expect(oneLine('one\n\ttwo\r\nthree')).toBe('one␊␉two␍␊three')
})

test('what is cut says so, and the parts of a text cover it without a hole', () => {
  expect(visibleText('x'.repeat(1100), 100)).toBe(`${'x'.repeat(100)}… (1,000 more characters)`)
  expect(oneLine('x'.repeat(1e6)).length).toBe(301)
  const text = '\u0000a\u202e\u202eb'
  const parts = visibleParts(text)
  expect(parts.map(({ from, to }) => text.slice(from, to)).join('')).toBe(text)
  expect(parts.map(({ isMark }) => isMark)).toEqual([true, false, true, true, false])
})
