import { expect, test } from 'vitest'
import { offsetText, pathOfMoment } from './moments.js'

test.each([
  [0, '0:00'],
  [999, '0:00'],
  [1_651_000, '27:31'],
  [3_723_000, '1:02:03'],
  // Before the first event there is nothing to show.
  [-5000, '0:00'],
])('%i ms after the first event is %s', (ms, text) => {
  expect(offsetText(ms)).toBe(text)
})

test('a moment’s address is the player’s', () => {
  expect(pathOfMoment('a b', 1_700_001_651_400, 1_700_000_000_000)).toBe('/sessions/a%20b#t=27:31')
})
