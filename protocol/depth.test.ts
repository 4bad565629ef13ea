import { expect, test } from 'vitest'
import { isDeeperThan } from './depth.js'

const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown

test('counts lists and objects, not what they hold', () => {
  expect(['[[[', null, 7, true].map((value) => isDeeperThan(value, 0))).toEqual(new Array(4).fill(false))
  expect([isDeeperThan([], 0), isDeeperThan([], 1), isDeeperThan({}, 0)]).toEqual([true, false, true])
  expect(isDeeperThan([1, { a: 'x' }, {}], 2)).toBe(false)
  expect(isDeeperThan([1, { a: 'x' }, { b: [] }], 2)).toBe(true)
  expect(isDeeperThan(JSON.parse('{"__proto__":{"a":{}}}'), 2)).toBe(true)
})

test('stops at the bound, however much deeper the value is', () => {
  expect(isDeeperThan(nested(1_000_000), 256)).toBe(true)
  expect(isDeeperThan(nested(256), 256)).toBe(false)
})
