import { expect, test } from 'vitest'
import { bytes, clock, counted, span, took } from './format.js'

test.each([
  [0, '0:00'],
  [59_999, '0:59'],
  [2_467_000, '41:07'],
  [5_320_000, '1:28:40'],
  [-90_000, '−1:30'],
  [-400, '0:00'],
])('clock(%i)', (ms, text) => {
  expect(clock(ms)).toBe(text)
})

test.each([
  [-5, '0.0 s'],
  [449, '0.4 s'],
  [9_999, '9.9 s'],
  [59_999, '59 s'],
  [3_599_000, '59 min'],
  [47 * 3_600_000, '47 h'],
  [72 * 3_600_000, '3 d'],
])('span(%i)', (ms, text) => {
  expect(span(ms)).toBe(text)
})

test('small figures', () => {
  expect(took(12.4)).toBe('12 ms')
  expect(took(3900)).toBe('3.9 s')
  expect(bytes(999)).toBe('999 B')
  expect(bytes(9_540)).toBe('9.5 kB')
  expect(bytes(66_000_000)).toBe('66 MB')
  expect(counted(1, 'event')).toBe('1 event')
  expect(counted(1204, 'event')).toBe('1,204 events')
})
