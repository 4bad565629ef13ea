import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashWithMoment, momentInHash, momentText, readMoment } from './moment.js'

test.each([
  [0, '0:00'],
  [1_651_000, '27:31'],
  [3_723_000, '1:02:03'],
  [7250, '0:07.250'],
  [-5, '0:00'],
])('%i ms is %s', (ms, text) => {
  expect(momentText(ms)).toBe(text)
})

test('what is written can be read', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e9 }), (ms) => {
      expect(readMoment(momentText(ms))).toBe(ms)
    }),
  )
})

test.each([
  ['1651000', 1_651_000],
  ['90:00', 5_400_000],
  ['1:02:03.5', 3_723_500],
  ['', null],
  ['soon', null],
  ['1:2:3:4', null],
  ['-1:00', null],
  ['<img>', null],
])('%j is read as %j', (text, ms) => {
  expect(readMoment(text)).toBe(ms)
})

test('the moment is one part of the fragment among others', () => {
  expect(momentInHash('#token=a.b.c&t=27:31')).toBe(1_651_000)
  expect(momentInHash('#t=27%3A31')).toBe(1_651_000)
  expect(momentInHash('#t=%')).toBeNull()
  expect(momentInHash('#at=27:31')).toBeNull()
  expect(hashWithMoment('#x=1&t=0:01', 2000)).toBe('#x=1&t=0:02')
  expect(hashWithMoment('#t=0:01', null)).toBe('')
})
