import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DATA_SCHEMAS } from '../../protocol/event-schemas.js'
import type { BuiltInEventType } from '../../protocol/event-types.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import { splitEvent } from './split-event.js'

const PIECE_BYTES = 4000
const long = (min = 0) =>
  fc
    .array(fc.constantFrom('a', '"', '\u0000', 'é', '\ud800', '😀', '漢', '\n'), {
      minLength: min,
      maxLength: 9000,
    })
    .map((chars) => chars.join(''))

const events = fc.oneof(
  fc.record({
    type: fc.constant('terminal_stream'),
    data: fc.record({ channel: fc.constant('o'), data: long(2000) }),
  }),
  fc.record({
    type: fc.constant('terminal_output'),
    data: fc.record({ output: long(2000), stdout: long(), stderr: long(), exitCode: fc.integer() }),
  }),
  fc.record({
    type: fc.constant('code_snapshot'),
    fileId: fc.constant('src/a.ts'),
    data: fc.record({
      fileName: fc.constant('a.ts'),
      language: fc.constant('ts'),
      content: long(2000),
      extra: fc.json(),
    }),
  }),
  fc.record({
    type: fc.constant('ai_interaction'),
    data: fc.record({ role: fc.constant('user'), content: long(2000) }),
  }),
  fc.record({
    type: fc.constant('test_result'),
    data: fc.record({
      testName: fc.constant('adds'),
      passed: fc.boolean(),
      output: long(2000),
      error: long(),
    }),
  }),
  fc.record({
    type: fc.constant('session_start'),
    data: fc.record({
      files: fc.array(fc.record({ filePath: fc.constant('a.ts'), content: fc.string({ maxLength: 900 }) }), {
        minLength: 8,
        maxLength: 30,
      }),
    }),
  }),
)

describe('[R7] a long event', () => {
  test('is whole again from its pieces, each of which fits and is legal by itself', () => {
    fc.assert(
      fc.property(events, (event) => {
        const pieces = splitEvent(event, PIECE_BYTES, () => 'an-id')
        const datas = pieces.map((piece) => piece.data)
        if (pieces.length === 1) {
          expect(pieces[0]).toEqual(event)
          return
        }
        expect(joinParts(event.type, datas)).toEqual(event.data)
        pieces.forEach((piece, index) => {
          const { data, ...rest } = piece
          const { data: _, ...expected } = event
          expect(rest).toEqual(expected)
          expect(Buffer.byteLength(JSON.stringify(piece))).toBeLessThanOrEqual(PIECE_BYTES)
          expect(partOf(data)).toEqual({ id: 'an-id', index, count: pieces.length })
          DATA_SCHEMAS[piece.type as BuiltInEventType].parse(data)
        })
      }),
    )
  })

  test('as an edit is cut into changes that mean the same', () => {
    fc.assert(
      fc.property(long(3000), fc.integer({ min: 0, max: 5 }), (inserted, deleted) => {
        const before = 'x'.repeat(40)
        const changes = [
          [2, 1, 'first'],
          [10, deleted, inserted],
          [20, 3, 'last'],
        ]
        const event = { type: 'code_edit', fileId: 'a.ts', data: { changes, origin: 'paste' } }
        const pieces = splitEvent(event, PIECE_BYTES, () => 'an-id')
        for (const piece of pieces) {
          expect(Buffer.byteLength(JSON.stringify(piece))).toBeLessThanOrEqual(PIECE_BYTES)
          DATA_SCHEMAS.code_edit.parse(piece.data)
        }
        const joined = joinParts(
          'code_edit',
          pieces.map((piece) => piece.data),
        ) as { changes: typeof changes }
        DATA_SCHEMAS.code_edit.parse(joined)
        expect(applied(before, joined.changes)).toBe(applied(before, changes))
      }),
    )
  })

  test('of a type without long texts, or with too much besides them, stays as it is', () => {
    const custom = { type: 'custom:big', data: { text: 'x'.repeat(9000) } }
    expect(splitEvent(custom, PIECE_BYTES, () => 'an-id')).toEqual([custom])
    const stuffed = {
      type: 'code_snapshot',
      data: { fileName: 'a', content: 'x'.repeat(9000), more: 'y'.repeat(3900) },
    }
    expect(splitEvent(stuffed, PIECE_BYTES, () => 'an-id')).toEqual([stuffed])
  })
})

/** Applies changes that are all offsets of the text before. */
function applied(before: string, changes: (string | number)[][]): string {
  let text = ''
  let at = 0
  for (const [offset, deleted, inserted] of changes as [number, number, string][]) {
    text += before.slice(at, offset) + inserted
    at = offset + deleted
  }
  return text + before.slice(at)
}
