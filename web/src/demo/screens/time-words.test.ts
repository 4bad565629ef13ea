import { expect, test } from 'vitest'
import { timeWords } from './time-words.js'

const MADE_MS = 1_700_000_000_000
const invited = { startTimeMs: MADE_MS }
const after = (min: number): number => MADE_MS + min * 60_000

test('who comes without an invitation has all of the time, from the start on', () => {
  expect(timeWords(null, 45 * 60, MADE_MS)).toBe('You have 45 minutes; the clock starts when you do.')
})

test.each([
  [0, 'You have 45 minutes left: the clock is already running.'],
  [19.5, 'You have 25 minutes left: the clock is already running.'],
  [44.5, 'You have less than a minute left: the clock is already running.'],
  [45, 'The time for it, 45 minutes, is over.'],
  // This computer's clock was set back while the page was open.
  [-10, 'You have 45 minutes left: the clock is already running.'],
])('an invitation opened %f min after it was made says what is left', (min, words) => {
  expect(timeWords(invited, 45 * 60, after(min))).toBe(words)
})

test('where the service’s time is not known nothing is said of what is left', () => {
  expect(timeWords(invited, 45 * 60, null)).toBe('You have 45 minutes in all: the clock is already running.')
  expect(timeWords(null, 45 * 60, null)).toBe('You have 45 minutes; the clock starts when you do.')
})

test('without a limit there is no clock', () => {
  expect(timeWords(invited, null, after(90))).toBe('You have as much time as you like.')
  expect(timeWords(invited, null, null)).toBe('You have as much time as you like.')
  expect(timeWords(null, null, MADE_MS)).toBe('You have as much time as you like.')
})
