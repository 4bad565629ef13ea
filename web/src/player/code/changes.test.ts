import { expect, test } from 'vitest'
import type { FileState } from '../../../../replay/index.js'
import { changedFiles, compare, textsOf } from './changes.js'

const file = (path: string, text: string, deleted = false): FileState =>
  ({ path, text, deleted, source: 1 }) as FileState

test('which files came, changed and went', () => {
  const before = textsOf({
    files: [file('same', 'a'), file('other', 'a'), file('gone', 'a'), file('old', 'x', true)],
  })
  const now = [
    file('same', 'a'),
    file('other', 'b'),
    file('gone', 'a', true),
    file('new', ''),
    file('old', 'x', true),
  ]
  expect([...changedFiles(before, now)]).toEqual([
    ['1 other', 'changed'],
    ['1 gone', 'deleted'],
    ['1 new', 'added'],
  ])
})

test('a comparison that would hold up the page is not made', () => {
  expect(compare('a\nb\n', 'a\nc\n')).toMatchObject({ linesAdded: 1, linesDeleted: 1 })
  expect(compare('x'.repeat(600_000), 'y'.repeat(600_000))).toBeNull()
})
