import { expect, test } from 'vitest'
import { MASK_CHAR } from '../../../protocol/redaction.js'
import { maskParts } from './mask-parts.js'

/** With masked runs in brackets. */
const shown = (text: string): string =>
  maskParts(text)
    .map((part) => (part.isMasked ? `[${part.text}]` : part.text))
    .join('')

test.each([
  ['', ''],
  ['nothing', 'nothing'],
  ['████', '[████]'],
  ['key = ████; sort', 'key = [████]; sort'],
  ['████ and ██', '[████] and [██]'],
  ['██ ███\n\t█ \nend', '[██ ███\n\t█] \nend'],
  ['half a pair 🙂██🙂', 'half a pair 🙂[██]🙂'],
])('%j is %j', (text, expected) => {
  expect(shown(text)).toBe(expected)
})

test.each([
  ['single blocks', `${MASK_CHAR}a`.repeat(200_000)],
  ['blocks and spaces', `${MASK_CHAR} `.repeat(200_000)],
  ['spaces after a block', `${MASK_CHAR}${' '.repeat(400_000)}a`.repeat(3)],
  ['nothing but blocks', MASK_CHAR.repeat(400_000)],
])('%s, however many, are few parts that are the whole text', (_, text) => {
  const parts = maskParts(text)
  expect(parts.length).toBeLessThanOrEqual(1001)
  expect(parts.map((part) => part.text).join('')).toBe(text)
})
