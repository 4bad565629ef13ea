import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChanges } from '../apply-changes.js'
import { composePatches, type Patch } from './compose-patches.js'

const oneAfterAnother = (text: string, patches: readonly Patch[]): string =>
  patches.reduce(
    (t, [position, deleted, inserted]) => t.slice(0, position) + inserted + t.slice(position + deleted),
    text,
  )

test.each<[string, Patch[], [number, number, string][]]>([
  ['one patch as it is', [[2, 1, 'x']], [[2, 1, 'x']]],
  [
    'offsets of the text before, ascending',
    [
      [5, 1, ''],
      [1, 0, 'ab'],
    ],
    [
      [1, 0, 'ab'],
      [5, 1, ''],
    ],
  ],
  [
    'a patch inside what another put in',
    [
      [1, 0, 'ace'],
      [2, 0, 'b'],
      [4, 0, 'd'],
    ],
    [[1, 0, 'abcde']],
  ],
  [
    'what is put in and taken out leaves no trace',
    [
      [3, 0, 'xyz'],
      [3, 3, ''],
    ],
    [],
  ],
  [
    'a deletion over what another put in',
    [
      [2, 0, 'xyz'],
      [1, 5, ''],
    ],
    [[1, 2, '']],
  ],
  [
    'changes that touch are one',
    [
      [2, 2, ''],
      [2, 2, 'q'],
    ],
    [[2, 4, 'q']],
  ],
  [
    'at the end',
    [
      [10, 0, 'a'],
      [11, 0, 'b'],
    ],
    [[10, 0, 'ab']],
  ],
  ['nothing', [[4, 0, '']], []],
])('%s', (_, patches, changes) => {
  expect(composePatches(10, patches)).toEqual(changes)
})

test('the composed changes do what the patches do, are ascending and do not overlap', () => {
  const anyPatch = fc.tuple(fc.nat(), fc.nat({ max: 6 }), fc.string({ maxLength: 4 }))
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), fc.array(anyPatch, { maxLength: 8 }), (before, drafts) => {
      let { length } = before
      const patches = drafts.map(([anywhere, deleted, inserted]): Patch => {
        const position = anywhere % (length + 1)
        const removed = Math.min(deleted, length - position)
        length += inserted.length - removed
        return [position, removed, inserted]
      })
      const changes = composePatches(before.length, patches)
      expect(applyChanges(before, changes)).toBe(oneAfterAnother(before, patches))
      let end = -1
      for (const [offset, deleted] of changes) {
        expect(offset).toBeGreaterThan(end)
        end = offset + deleted
      }
    }),
    { numRuns: 500 },
  )
})
