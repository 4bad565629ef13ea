import nodeAssert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { AssertionError, assert } from './assert.js'
import { isDeepEqual } from './deep-equal.js'

const VALUES: unknown[] = [
  0,
  -0,
  1,
  Number.NaN,
  '1',
  null,
  undefined,
  [],
  {},
  [1, [2]],
  [1, [3]],
  [undefined],
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { a: 1 },
  { a: 1, b: undefined },
  Object.create(null),
  new Date(0),
  new Date(1),
  /a/,
  /a/g,
  new Map([[1, { a: 1 }]]),
  new Map([[1, { a: 2 }]]),
  new Set([1, 2]),
  new Set([2, 1]),
  new Set([[1]]),
  new Error('a'),
  new Error('b'),
  new Uint8Array([1]),
  new Uint8Array([2]),
]

test('deep equality is that of Node.js, for every pair', () => {
  for (const a of VALUES) {
    for (const b of VALUES) {
      let expected = true
      try {
        nodeAssert.deepStrictEqual(a, b)
      } catch {
        expected = false
      }
      expect([a, b, isDeepEqual(a, b)]).toEqual([a, b, expected])
    }
  }
})

test('values that contain themselves', () => {
  const a: unknown[] = [1]
  a.push(a)
  const b: unknown[] = [1]
  b.push(b)
  expect(isDeepEqual(a, b)).toBe(true)
})

describe('assertions', () => {
  const boom = () => {
    throw new TypeError('boom')
  }
  test.each<[string, () => unknown]>([
    ['ok', () => assert(1)],
    ['equal', () => assert.equal(Number.NaN, Number.NaN)],
    ['notEqual', () => assert.notEqual(1, '1')],
    ['deepEqual', () => assert.deepEqual([{ a: 1 }], [{ a: 1 }])],
    ['notDeepEqual', () => assert.notDeepEqual([1], [2])],
    ['match', () => assert.match('abc', /b/)],
    ['throws', () => assert.throws(boom)],
    ['throws a class', () => assert.throws(boom, TypeError)],
    ['throws by pattern', () => assert.throws(boom, /boom/)],
    ['throws by properties', () => assert.throws(boom, { name: 'TypeError', message: /bo+m/ })],
    ['throws by function', () => assert.throws(boom, (error: unknown) => error instanceof Error)],
    ['rejects', () => assert.rejects(Promise.reject(new Error('x')), /x/)],
    ['doesNotThrow', () => assert.doesNotThrow(() => 1)],
  ])('%s passes', async (_, run) => {
    await run()
  })

  test.each<[string, () => unknown]>([
    ['ok', () => assert.ok(0)],
    ['equal', () => assert.equal(1, '1')],
    ['deepEqual', () => assert.deepEqual([1], ['1'])],
    ['match', () => assert.match('abc', /z/)],
    ['throws', () => assert.throws(() => 1)],
    ['throws another', () => assert.throws(boom, RangeError)],
    ['throws by properties', () => assert.throws(boom, { message: 'other' })],
    ['rejects', () => assert.rejects(Promise.resolve(1))],
    ['doesNotThrow', () => assert.doesNotThrow(boom)],
    ['fail', () => assert.fail('no')],
  ])('%s fails with an AssertionError', async (_, run) => {
    await expect((async () => run())()).rejects.toBeInstanceOf(AssertionError)
  })

  test('both sides are told, and one’s own words', () => {
    try {
      assert.deepEqual([1], [2], 'first things first')
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ actual: [1], expected: [2], message: 'first things first' })
    }
    expect(() => assert.equal(1, 2, new RangeError('own'))).toThrow(RangeError)
  })
})
