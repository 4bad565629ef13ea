import { describe, expect, test } from 'vitest'
import { DATA_SCHEMAS } from './event-schemas.js'
import { joinParts, PART_FIELDS, partOf } from './parts.js'

describe('the part of an event', () => {
  test.each([
    [{ part: { id: 'a', index: 0, count: 2 } }, { id: 'a', index: 0, count: 2 }],
    [{ part: { id: 'a', index: 1, count: 2, more: 1 } }, { id: 'a', index: 1, count: 2 }],
    [{ part: { id: 'a', index: 2, count: 2 } }, null],
    [{ part: { id: 'a', index: -1, count: 2 } }, null],
    [{ part: { id: 'a', index: 0.5, count: 2 } }, null],
    [{ part: { id: 1, index: 0, count: 2 } }, null],
    [{ part: 'a' }, null],
    [{ part: null }, null],
    [{}, null],
    [null, null],
    ['text', null],
  ])('of %j is %j', (data, part) => {
    expect(partOf(data)).toEqual(part)
  })

  test('what the schema lets in can be followed: an index lies below its count', () => {
    const data = (index: number, count: number) => ({ command: 'x', part: { id: 'a', index, count } })
    const ok = (index: number, count: number) =>
      DATA_SCHEMAS.terminal_input.safeParse(data(index, count)).success
    expect([ok(0, 1), ok(1, 2), ok(4095, 4096)]).toEqual([true, true, true])
    expect([ok(1, 1), ok(2, 2), ok(0, 0), ok(0, 4097), ok(-1, 2)]).toEqual(new Array(5).fill(false))
  })
})

describe('joining', () => {
  test('texts and lists of the named fields, all else from the first piece', () => {
    const pieces = [
      { output: 'a', stdout: 'x', exitCode: 1, part: { id: 'p', index: 0, count: 2 } },
      { output: 'b', exitCode: 2, part: { id: 'p', index: 1, count: 2 } },
    ]
    expect(joinParts('terminal_output', pieces)).toEqual({ output: 'ab', stdout: 'x', exitCode: 1 })
    const changes = [[[0, 1, 'a']], [[1, 0, 'b']]].map((some) => ({ changes: some }))
    expect(joinParts('code_edit', changes)).toEqual({
      changes: [
        [0, 1, 'a'],
        [1, 0, 'b'],
      ],
    }) // prettier-ignore
  })

  test('a pair of surrogates cut in two is a pair again', () => {
    expect(joinParts('terminal_stream', [{ data: '\ud83d' }, { data: '\ude00' }]).data).toBe('😀')
  })

  test('a field that no piece has stays away; null in one is nothing', () => {
    expect(joinParts('test_result', [{ testName: 't' }, { testName: 't' }])).toEqual({ testName: 't' })
    expect(joinParts('test_result', [{ output: null }, { output: 'x' }]).output).toBe('x')
  })

  test('the pieces are left as they are, and what another type cuts is not joined', () => {
    const pieces = [{ content: 'a', part: { id: 'p', index: 0, count: 1 } }]
    expect(joinParts('cursor', pieces)).toEqual({ content: 'a' })
    expect(pieces[0]).toHaveProperty('part')
  })
})

test('every type that may be cut has a schema that takes a part, and the others have none', () => {
  const part = { id: 'p', index: 0, count: 2 }
  for (const [type, schema] of Object.entries(DATA_SCHEMAS)) {
    const issues = schema.safeParse({ part: { ...part, count: 'two' } }).error?.issues ?? []
    const checked = issues.some((issue) => issue.path[0] === 'part')
    expect([type, checked]).toEqual([type, type in PART_FIELDS])
  }
})
