import { EditorState } from '@codemirror/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines } from '../../../../replay/index.js'
import { diffMarks, firstChangedLine, setDiff } from './diff-marks.js'

/** What a reader sees: each line of the document, `+` before inserted ones, and the deleted ones between them. */
function drawn(before: string, after: string): string[] {
  const { diff } = diffLines(before, after)
  const state = EditorState.create({ doc: after, extensions: [diffMarks] }).update({
    effects: setDiff.of(diff),
  }).state
  const seen: string[] = []
  const marks = state.field(diffMarks)
  for (let n = 1; n <= state.doc.lines; n++) {
    const { from, text } = state.doc.line(n)
    const here: { deleted: string[]; isBehind: boolean }[] = []
    let isInserted = false
    marks.between(from, from, (at, _to, { spec }) => {
      if (at !== from) return
      if (spec.widget === undefined) isInserted = true
      else here.push({ deleted: spec.widget.lines, isBehind: spec.side > 0 })
    })
    for (const { deleted } of here.filter(({ isBehind }) => !isBehind))
      seen.push(...deleted.map((line) => `-${line.trimEnd()}`))
    seen.push(`${isInserted ? '+' : ' '}${text}`)
    for (const { deleted } of here.filter(({ isBehind }) => isBehind))
      seen.push(...deleted.map((line) => `-${line.trimEnd()}`))
  }
  return seen
}

test('deleted lines stand before what came in their place', () => {
  expect(drawn('a\nb\nc\n', 'a\nx\ny\nc\n')).toEqual([' a', '-b', '+x', '+y', ' c', ' '])
  expect(drawn('a\nb\n', 'a\n')).toEqual([' a', '-b', ' '])
  expect(drawn('', 'a')).toEqual(['+a'])
})

test('whatever changed, every line of both texts is there once', () => {
  const anyText = fc
    .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
  fc.assert(
    fc.property(anyText, anyText, (before, after) => {
      const seen = drawn(before, after).slice(0, -1)
      const of = (signs: string) =>
        seen.filter((line) => signs.includes(line[0] as string)).map((line) => `${line.slice(1)}\n`)
      const closing = drawn(before, after).at(-1) as string
      const isDeletedLast = closing.startsWith('-')
      expect(
        of(' +')
          .filter((line) => line !== '\n')
          .join(''),
      ).toBe(after)
      expect(
        [
          ...of(' -').filter((line) => line !== '\n'),
          ...(isDeletedLast ? [`${closing.slice(1)}\n`] : []),
        ].join(''),
      ).toBe(before)
    }),
  )
})

test('the first change', () => {
  expect(firstChangedLine(diffLines('a\nb\n', 'a\nc\n').diff)).toBe(2)
  expect(firstChangedLine(diffLines('a\n', 'a\n').diff)).toBeNull()
})
