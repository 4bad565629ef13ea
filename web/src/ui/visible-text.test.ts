import { expect, test } from 'vitest'
import { visibleText } from './visible-text.js'

test('what steers text unseen is spelled out', () => {
  expect(visibleText('a\u202egpj.exe\u0000\u200b\u0007', 100)).toBe(
    'a‹U+202E›gpj.exe‹U+0000›‹U+200B›‹U+0007›',
  )
})

test('what people write stays: line ends, tabs, joined emoji, right-to-left text with its marks', () => {
  const text = 'one\n\ttwo 👩‍💻 שלום\u200f می‌خواهم'
  expect(visibleText(text, 100)).toBe(text)
  expect(visibleText('a\r\nb', 100)).toBe('a\nb')
})

test('what is cut says so', () => {
  expect(visibleText('x'.repeat(1100), 100)).toBe(`${'x'.repeat(100)}… (1,000 more characters)`)
})
