import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DATA_SCHEMAS, EDIT_ORIGINS } from '../../protocol/event-schemas.js'
import { isUsualData } from './usual-data.js'

const seldom = fc.constantFrom(
  null,
  undefined,
  '',
  'x',
  1.5,
  -1,
  2 ** 53,
  {},
  [],
  [1, 2, 3],
  [1, 2, 'x', 'y'],
  {
    id: 'p',
    index: 0,
    count: 2,
  },
)
const place = fc.oneof(fc.nat(20), fc.nat(20), seldom)
const change = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(place, place, fc.oneof(fc.string(), seldom)) },
  { weight: 1, arbitrary: seldom },
)
const fields = {
  changes: fc.oneof(
    { weight: 6, arbitrary: fc.array(change, { maxLength: 4 }) },
    { weight: 1, arbitrary: seldom },
  ),
  origin: fc.oneof(fc.constantFrom(...EDIT_ORIGINS), seldom),
  selection: fc.anything(),
  channel: fc.oneof(fc.constantFrom('o', 'i', 'r'), seldom),
  data: fc.oneof(fc.string(), seldom),
  part: fc.option(seldom, { nil: undefined, freq: 2 }),
}
const data = fc.oneof(
  { weight: 9, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.anything() },
)

describe('what is usual', () => {
  test.each(['code_edit', 'terminal_stream'] as const)('passes the schema of %s', (type) => {
    fc.assert(
      fc.property(data, (value) => {
        if (isUsualData(type, value)) expect(DATA_SCHEMAS[type].safeParse(value).success).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['code_edit', { changes: [[0, 0, 'a']] }],
    [
      'code_edit',
      {
        changes: [
          [0, 2, ''],
          [2, 0, 'b'],
        ],
        origin: 'typed',
        selection: { anchor: 1, head: 1 },
      },
    ],
    ['terminal_stream', { channel: 'o', data: '\u001b[0m' }],
  ] as const)('is %s with %j', (type, value) => {
    expect(isUsualData(type, value)).toBe(true)
  })

  test('is nothing of other types, whatever the schema says of it', () => {
    expect(isUsualData('cursor', { anchor: 1, head: 1 })).toBe(false)
    expect(isUsualData('terminal_stream', { channel: 'r', data: '80x24' })).toBe(false)
  })
})
