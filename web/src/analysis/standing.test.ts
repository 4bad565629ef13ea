import { expect, test } from 'vitest'
import { fewInWords, fewOfMany, standing } from './standing.js'

const WORDS = { above: 'later', below: 'earlier', most: 'the latest', least: 'the earliest' }
const AMONG = { count: 43, min: 10, max: 90 }

test.each([
  [{ value: 30, percentile: 30 }, 'earlier than 70 % of 43 sessions'],
  [{ value: 80, percentile: 88.4 }, 'later than 88 % of 43 sessions'],
  // Never more than is true: 99.6 % are not all.
  [{ value: 80, percentile: 99.6 }, 'later than 99 % of 43 sessions'],
  [{ value: 50, percentile: 47 }, 'in the middle of 43 sessions'],
  [{ value: 90, percentile: 100 - 50 / 43 }, 'the latest of 43 sessions'],
  [{ value: 10, percentile: 50 / 43 }, 'the earliest of 43 sessions'],
  [{ value: 10, percentile: null }, 'nothing to compare with'],
])('%j', (own, words) => {
  expect(standing(own, AMONG, WORDS)).toBe(words)
})

test('small numbers are said to be small, and equal ones to be equal', () => {
  const own = { value: 10, percentile: 50 }
  expect(standing(own, { ...AMONG, count: 4 }, WORDS)).toBe('4 sessions: too few to say how common this is')
  expect(standing(own, { ...AMONG, count: 1 }, WORDS)).toBe('1 session: too few to say how common this is')
  expect(standing(own, { count: 9, min: 10, max: 10 }, WORDS)).toBe('the same in all 9 sessions')
  expect(standing(undefined, AMONG, WORDS)).toBe('nothing to compare with')
  expect(standing(own, undefined, WORDS)).toBe('nothing to compare with')
})

test('the most that many share is not one session’s own', () => {
  // Three quarters of the sessions have the largest value: half of these count as below.
  expect(standing({ value: 90, percentile: 62.5 }, AMONG, WORDS)).toBe(
    'the latest of 43 sessions, together with others',
  )
  expect(standing({ value: 10, percentile: 37.5 }, AMONG, WORDS)).toBe(
    'the earliest of 43 sessions, together with others',
  )
})

test('a number that few of many sessions have is said to be so', () => {
  expect(fewOfMany(3, 1200)).toBe(
    'only 3 of 1,200 sessions have this figure: too few to say how common it is',
  )
  expect(fewOfMany(1, 5)).toBe('only 1 of 5 sessions has this figure: too few to say how common it is')
})

test('of a few sessions each value is named', () => {
  const sessions = [
    { id: 'a', metrics: { x: 12 } },
    { id: 'b', metrics: { x: 3 } },
    { id: 'c', metrics: {} },
  ]
  const format = (value: number) => `${value} s`
  expect(fewInWords({ sessions }, 'x', format)).toBe('3 s and 12 s')
  const marked = (id: string) => fewInWords({ sessions, session: { id, metrics: {} } }, 'x', format)
  expect(marked('a')).toBe('the others: 3 s')
  expect(marked('c')).toBe('the others: 3 s and 12 s')
  expect(fewInWords({ sessions, session: { id: 'a', metrics: {} } }, 'y', format)).toBe(
    'no other session has this figure',
  )
})
