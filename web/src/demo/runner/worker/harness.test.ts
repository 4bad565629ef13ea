import { expect, test } from 'vitest'
import type { TestResult } from '../messages.js'
import { assert } from './assert.js'
import { Harness } from './harness.js'

async function runAll(define: (api: Harness['api'], harness: Harness) => void) {
  const harness = new Harness()
  define(harness.api, harness)
  const results: TestResult[] = []
  let planned: string[] = []
  let nowMs = 0
  const passed = await harness.run({
    plan: (names) => {
      planned = names
    },
    begins: () => {},
    ended: (result) => results.push(result),
    takeOutput: () => '',
    nowMs: () => nowMs++,
  })
  return { passed, planned, results, outcomes: Object.fromEntries(results.map((r) => [r.name, r.outcome])) }
}

test('passes, failures with both sides, errors, promises', async () => {
  const { passed, planned, results, outcomes } = await runAll(({ test, describe, it }) => {
    test('good', () => {})
    test('wrong', () => assert.deepEqual([1], [2]))
    test('throws', () => {
      throw new TypeError('no')
    })
    describe('suite', () => {
      it('rejects', async () => {
        await Promise.reject(new Error('later'))
      })
      describe('inner', () => it('good', async () => {}))
    })
  })
  expect(passed).toBe(false)
  expect(planned).toEqual(['good', 'wrong', 'throws', 'suite › rejects', 'suite › inner › good'])
  expect(outcomes).toEqual({
    good: 'passed',
    wrong: 'failed',
    throws: 'failed',
    'suite › rejects': 'failed',
    'suite › inner › good': 'passed',
  })
  expect(results[1]?.failure).toMatchObject({ expected: '[ 2 ]', actual: '[ 1 ]' })
  expect(results[2]?.failure?.message).toBe('TypeError: no')
})

test('skip, todo, only, and tests without a body', async () => {
  const { outcomes } = await runAll(({ test }) => {
    const { skip } = test
    skip('skipped', () => assert.fail())
    // Of the candidate's tests, which the demo runs: this one must not be.
    test.todo('later')
    test('by option', { skip: true }, () => assert.fail())
    test('good', () => {})
  })
  expect(outcomes).toEqual({ skipped: 'skipped', later: 'skipped', 'by option': 'skipped', good: 'passed' })
  const focused = await runAll(({ test }) => {
    const { only } = test
    test('left out', () => assert.fail())
    only('alone', () => {})
  })
  expect(focused.outcomes).toEqual({ 'left out': 'skipped', alone: 'passed' })
  expect(focused.passed).toBe(true)
})

test('hooks run around the tests of their suite', async () => {
  const log: string[] = []
  const say = (word: string) => () => void log.push(word)
  await runAll(({ before, after, beforeEach, afterEach, describe, test }) => {
    before(say('before'))
    beforeEach(say('each'))
    describe('s', () => {
      before(say('s before'))
      after(say('s after'))
      afterEach(say('s each after'))
      test('1', say('1'))
      test('2', say('2'))
    })
    test('3', say('3'))
    after(say('after'))
  })
  expect(log.join(' ')).toBe('before s before each 1 s each after each 2 s each after s after each 3 after')
})

test('an error that no promise carries fails the test that runs', async () => {
  const { outcomes } = await runAll(({ test }, harness) => {
    test('stray', () => new Promise(() => setTimeout(() => harness.fail(new Error('x')), 1)))
    test('next', () => {})
  })
  expect(outcomes).toEqual({ stray: 'failed', next: 'passed' })
})
