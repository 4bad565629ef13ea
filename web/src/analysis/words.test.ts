import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lengthWords, listed, partOfLength, percentages, times } from './words.js'

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [60, '1 minute'],
  [119, '1 min 59 s'],
  [120, '2 minutes'],
  [2520, '42 minutes'],
  [7500, '2 h 5 min'],
  [10_790, '3 h'],
])('a length of %i s is %s', (seconds, words) => {
  expect(lengthWords(seconds)).toBe(words)
})

test.each([
  [2520, 5280, '42 of 88 minutes'],
  [50, 75, '50 of 75 seconds'],
  // Events dated before the start of the session.
  [200, 100, '3 of 3 minutes'],
  [0, 1, '0 of 1 second'],
  [29_548, 29_548, '8 h 12 min of 8 h 12 min'],
])('%i of %i s is %s', (seconds, of, words) => {
  expect(partOfLength(seconds, of)).toBe(words)
})

test('numbers and lists as they are said', () => {
  expect([1, 2, 3, 1200].map(times)).toEqual(['once', 'twice', '3 times', '1,200 times'])
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c'])
})

test('shares add up to 100, leave out what is not there and keep what is small', () => {
  const told = percentages([
    ['typed', 610],
    ['ai', 220],
    ['moved', 0],
    ['pasted', 1],
  ])
  expect(told).toEqual([
    { name: 'typed', text: '73 %' },
    { name: 'ai', text: '27 %' },
    { name: 'pasted', text: 'less than 1 %' },
  ])
  expect(percentages([['typed', 5]])).toEqual([{ name: 'typed', text: '100 %' }])
  expect(percentages([['typed', 0]])).toEqual([])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), (amounts) => {
      const whole = percentages(amounts.map((amount, i) => [String(i), amount] as const))
      expect(whole.reduce((sum, { text }) => sum + Number.parseInt(text, 10), 0)).toBe(100)
    }),
  )
})

test('what is not everything is never 100 %', () => {
  expect(
    percentages([
      ['typed', 9999],
      ['pasted', 1],
    ]),
  ).toEqual([
    { name: 'typed', text: 'more than 99 %' },
    { name: 'pasted', text: 'less than 1 %' },
  ])
})
