import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffLines, type LineDiff } from './line-diff.js'

/** What a reader of the diff does: goes through the old lines and builds the new text. */
function applied(before: string, diff: LineDiff): string {
  const lines = linesOf(before)
  let at = 0
  let text = ''
  for (const [operation, what] of diff) {
    if (operation === '=') {
      text += lines.slice(at, at + what).join('')
      at += what
    } else if (operation === '-') {
      // Booleans, as a failing comparison of the lines themselves could print megabytes.
      expect(what.every((line, i) => line === lines[at + i])).toBe(true)
      at += what.length
    } else text += what.join('')
  }
  expect(at).toBe(lines.length)
  return text
}

/** Lines with their endings; a text that ends with one has no empty line behind it. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

function expectExact(before: string, after: string) {
  const { diff, linesAdded, linesDeleted } = diffLines(before, after)
  expect(applied(before, diff) === after).toBe(true)
  const count = (operation: '+' | '-') =>
    diff.reduce((sum, part) => sum + (part[0] === operation ? part[1].length : 0), 0)
  expect(linesAdded).toBe(count('+'))
  expect(linesDeleted).toBe(count('-'))
  expect(linesOf(after).length - linesOf(before).length).toBe(linesAdded - linesDeleted)
  expect(
    diff.flatMap(([op, what]) => (op === '=' ? [] : what)).every((line) => linesOf(line).length === 1),
  ).toBe(true)
}

const anyLines = fc
  .array(fc.constantFrom('a', 'b', '', '\r', '\0', '\ud83d', '😀', '  x', '__proto__', 'hasOwnProperty'))
  .chain((lines) => fc.boolean().map((ends) => lines.join('\n') + (ends ? '\n' : '')))

test('applying a diff to the old text gives the new one exactly, and it counts its lines', () => {
  fc.assert(fc.property(anyLines, anyLines, expectExact), { numRuns: 300 })
})

test('says what was kept, deleted and inserted', () => {
  expect(diffLines('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual({
    diff: [
      ['=', 1],
      ['-', ['b\n']],
      ['+', ['x\n']],
      ['=', 1],
      ['+', ['d\n']],
    ],
    linesAdded: 2,
    linesDeleted: 1,
  })
  expect(diffLines('', '')).toEqual({ diff: [], linesAdded: 0, linesDeleted: 0 })
  expect(diffLines('', 'a\nb')).toMatchObject({ linesAdded: 2, linesDeleted: 0 })
  expect(diffLines('same\n', 'same\n')).toEqual({ diff: [['=', 1]], linesAdded: 0, linesDeleted: 0 })
})

describe('texts that a diff library may stumble over', () => {
  test.each([
    ['names of object properties', 'x\nhasOwnProperty', 'toString\nhasOwnProperty\n__proto__'],
    ['the name of a prototype as the last line', '__proto__', 'a\n__proto__'],
    ['Windows line ends', 'a\r\nb\r\n', 'a\r\nB\r\n'],
    ['no line end at the end', 'a\nb', 'a\nb\n'],
    ['empty lines alone', '\n\n\n', '\n'],
  ])('%s', (_what, before, after) => {
    expectExact(before, after)
    expectExact(after, before)
  })

  const many = (count: number, letter: string) =>
    Array.from({ length: count }, (_, i) => `${letter}${i}\n`).join('')

  test('very many lines: what changed is still found', () => {
    const before = many(50_000, 'b')
    const after = `first\n${before.replace('b45000\n', 'changed\n')}last\n`
    expectExact(before, after)
    expect(diffLines(before, after)).toMatchObject({ linesAdded: 3, linesDeleted: 1 })
  })

  test('more different lines than there are characters to stand for them: all between the equal ends counts', () => {
    const before = `head\n${many(70_000, 'b')}tail\n`
    expectExact(before, before.replace('b65000\n', 'changed\n'))
    const other = `head\n${many(70_000, 'a')}tail\n`
    expectExact(before, other)
    expect(diffLines(before, other)).toMatchObject({ linesAdded: 70_000, linesDeleted: 70_000 })
  })
})
