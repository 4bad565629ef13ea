import { inspect as asNode } from 'node:util'
import { expect, test } from 'vitest'
import { formatAll, inspect } from './inspect.js'

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}
const circular: Record<string, unknown> = { a: 1 }
circular.self = circular

test.each([
  1,
  -0,
  'text',
  "it's",
  'line\nbreak',
  undefined,
  null,
  true,
  12n,
  [1, 2, [3]],
  [],
  {},
  { a: 1, 'b-c': 'x', d: { e: [] } },
  new Map([['a', { b: 1 }]]),
  new Set([1, 'a']),
  new Point(1, 2),
  /a+/g,
  [undefined, null],
  { f() {}, g: () => {}, K: class K {} },
  new Uint8Array([1, 2]),
  [
    [540, 600],
    [660, 720],
  ],
])('as Node.js shows it: %o', (value) => {
  expect(inspect(value)).toBe(asNode(value, { breakLength: 76 }))
})

test('what has no end, or goes deep, is cut', () => {
  expect(inspect(circular)).toBe('{ a: 1, self: [Circular] }')
  expect(inspect({ a: { b: { c: { d: { e: { f: 1 } } } } } })).toContain('[Object]')
  expect(inspect(Array.from({ length: 1000 }, (_, i) => i))).toContain('900 more items')
  expect(
    inspect({
      get a() {
        throw new Error('not called')
      },
    }),
  ).toBe('{ a: [Getter] }') // prettier-ignore
})

test('a long object has a line for each part', () => {
  const value = {
    meetings: [
      [540, 600],
      [600, 660],
    ],
    day: { from: 540, to: 1080 },
    minutes: 30,
    name: 'a day',
  } // prettier-ignore
  expect(inspect(value).split('\n').length).toBeGreaterThan(3)
})

test.each([
  [['a', 1, { b: 2 }], 'a 1 { b: 2 }'],
  [['%s is %d', 'x', 5, 'rest'], 'x is 5 rest'],
  [['100%', 1], '100% 1'],
  [['%j %%', { a: 1 }], '{"a":1} %'],
  [[], ''],
])('console.log(%o)', (args, text) => {
  expect(formatAll(args)).toBe(text)
})
