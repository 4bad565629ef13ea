import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CodeLine, type ColourRun, codeLines, MARK_CLASS } from './code-segments.js'

const excerpt = (texts: string[], caret: { line: number; column: number } | null) => ({
  path: 'a.ts',
  language: null,
  firstLine: 7,
  fromColumn: 0,
  lines: texts.map((text) => ({ text, isCut: false })),
  caret,
})
const plain = () => []
const textOf = ({ segments }: CodeLine) => segments.map(({ text }) => text).join('')
const beforeCaret = ({ segments, caretAt }: CodeLine) =>
  segments
    .slice(0, caretAt ?? 0)
    .map(({ text }) => text)
    .join('')

test('the indentation that all lines share is left out, and the caret keeps its place', () => {
  const lines = codeLines(
    excerpt(['    if (x) {', '', '      go()', '    }'], { line: 2, column: 8 }),
    40,
    plain,
  )
  expect(lines.map(textOf)).toEqual(['if (x) {', '', '  go()', '}'])
  expect(lines.map(({ caretAt }) => caretAt)).toEqual([null, null, 1, null])
  expect(beforeCaret(lines[2] as CodeLine)).toBe('  go')
  expect(lines.map(({ number }) => number)).toEqual([7, 8, 9, 10])
})

test('the line of the caret is moved until that is in view, the others stay', () => {
  const long = `${'x'.repeat(90)}|end`
  const lines = codeLines(excerpt(['  short', `  ${long}`], { line: 1, column: 92 }), 20, plain)
  expect(lines.map(textOf)).toEqual(['short', `…${'x'.repeat(14)}|end`])
  expect(beforeCaret(lines[1] as CodeLine)).toBe(`…${'x'.repeat(14)}`)
  expect(textOf(codeLines(excerpt([long], { line: 0, column: 3 }), 20, plain)[0] as CodeLine)).toBe(
    'x'.repeat(20),
  )
})

test('colours, marks and the caret cut a line', () => {
  const runs: ColourRun[] = [
    { from: 2, to: 5, className: 'k' },
    { from: 9, to: 12, className: 's' },
  ]
  const [first, second] = codeLines(
    excerpt(['a let\u202eb', '"xyz"'], { line: 0, column: 4 }),
    40,
    () => runs,
  )
  expect(first?.segments).toEqual([
    { text: 'a ', className: '' },
    { text: 'le', className: 'k' },
    { text: 't', className: 'k' },
    { text: '‹U+202E›', className: MARK_CLASS },
    { text: 'b', className: '' },
  ])
  expect(second?.segments).toEqual([
    { text: '"', className: '' },
    { text: 'xyz', className: 's' },
    { text: '"', className: '' },
  ])
  expect(textOf(codeLines(excerpt(['x\tend\r'], null), 40, plain)[0] as CodeLine)).toBe('x  end')
})

test('whatever is typed, no line is wider than its marks make it, and the caret is on its line', () => {
  const line = fc.string({ unit: 'binary', maxLength: 160 }).map((text) => text.replaceAll('\n', ''))
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      fc.nat(200),
      fc.integer({ min: 12, max: 80 }),
      (texts, line, column, columns) => {
        const caretLine = line % texts.length
        const caret = { line: caretLine, column: Math.min(column, texts[caretLine]?.length ?? 0) }
        const lines = codeLines(excerpt(texts, caret), columns, plain)
        expect(lines.filter(({ caretAt }) => caretAt !== null)).toHaveLength(1)
        expect(lines[caretLine]?.caretAt).not.toBeNull()
        for (const { segments } of lines) {
          const units = segments.reduce((n, s) => n + (s.className === MARK_CLASS ? 1 : s.text.length), 0)
          expect(units).toBeLessThanOrEqual(columns * 2 + 1)
        }
      },
    ),
  )
})
