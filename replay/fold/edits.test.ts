import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReplayEngine } from '../engine.js'
import { record } from '../test-support/recordings.js'
import { Text } from '../text.js'

test('an edit of very many changes is what its changes make one by one, within the text', () => {
  const anyChange = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 }), fc.string({ maxLength: 3 }))
  fc.assert(
    fc.property(
      fc.string({ maxLength: 300, size: 'max' }),
      fc.array(anyChange, { maxLength: 90, size: 'max' }),
      (content, gaps) => {
        let end = 0
        const changes = gaps.map(([gap, deleted, inserted]) => {
          const offset = end + gap
          end = offset + deleted
          return [offset, deleted, inserted] as const
        })
        let expected = content
        for (const [offset, deleted, inserted] of changes.toReversed()) {
          const at = Math.min(offset, content.length)
          const behind = Math.min(offset + deleted, content.length)
          expected = expected.slice(0, at) + inserted + expected.slice(behind)
        }
        const engine = createReplayEngine()
        engine.insert(
          record([
            { type: 'editor_open', fileId: 'a', data: { content } },
            { type: 'code_edit', fileId: 'a', data: { changes } },
          ]),
        )
        const { files, divergences } = engine.stateAt()
        expect(files[0]?.text).toBe(expected)
        expect(divergences.length > 0).toBe(end > content.length)
      },
    ),
    { numRuns: 300 },
  )
})

test('a slice of a text is that of its string', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 20_000, size: 'max' }),
      fc.nat({ max: 20_000 }),
      fc.nat({ max: 9000 }),
      (content, from, length) => {
        const text = Text.of(content).splice(0, 0, 'ab')
        expect(text.slice(from, from + length)).toBe(`ab${content}`.slice(from, from + length))
      },
    ),
  )
})

test('pieces whose changes overlap once they are put together are unreadable, and change nothing', () => {
  const piece = (index: number) => ({
    type: 'code_edit',
    fileId: 'a',
    data: { changes: [[0, 1, 'x']], part: { id: 'p', index, count: 2 } },
  })
  const engine = createReplayEngine()
  const events = record([{ type: 'editor_open', fileId: 'a', data: { content: 'ab' } }, piece(0), piece(1)])
  engine.insert(events)
  const { files, divergences } = engine.stateAt()
  expect(files.map(({ text }) => text)).toEqual(['ab'])
  expect(divergences.map(({ kind }) => kind)).toEqual(['unreadable'])
})
