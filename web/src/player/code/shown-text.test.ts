import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_LINE_CHARS, shownText } from './shown-text.js'

test('ordinary text is shown as it is', () => {
  const text = 'line of code\n'.repeat(2000)
  expect(shownText(text)).toMatchObject({ text, cuts: [] })
})

test('a line of ten million characters is cut, what is around it is not', () => {
  const shown = shownText(`a\n${'x'.repeat(10_000_000)}\nb`)
  expect(shown.text).toBe(`a\n${'x'.repeat(MAX_LINE_CHARS)}\nb`)
  expect(shown.cuts).toMatchObject([{ at: 2 + MAX_LINE_CHARS, leftOutChars: 10_000_000 - MAX_LINE_CHARS }])
})

test('a place in what is left out is the place of the cut', () => {
  const shown = shownText(`${'x'.repeat(20_000)}\nb`)
  expect([15_000, 20_000, 20_001].map(shown.placeOf)).toEqual([10_000, 10_000, 10_001])
})

test('every character that is shown lies where its offset says; one that is not, at its line’s cut', () => {
  const anyLine = fc
    .tuple(
      fc.constantFrom('x', 'ab', '\r'),
      fc.constantFrom(0, 3, MAX_LINE_CHARS, MAX_LINE_CHARS + 7, 25_000),
    )
    .map(([unit, length]) => unit.repeat(length).slice(0, length))
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 6 }), fc.nat(), (lines, at) => {
      const text = lines.join('\n')
      const shown = shownText(text)
      const offset = text.length === 0 ? 0 : at % text.length
      const inLine = offset - (text.lastIndexOf('\n', offset - 1) + 1)
      if (inLine < MAX_LINE_CHARS || text[offset] === '\n')
        expect(shown.text[shown.placeOf(offset)]).toBe(text[offset])
      expect(shown.placeOf(text.length)).toBe(shown.text.length)
      for (const line of shown.text.split('\n')) expect(line.length).toBeLessThanOrEqual(MAX_LINE_CHARS)
    }),
  )
})
