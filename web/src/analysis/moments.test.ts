import { expect, test } from 'vitest'
import { momentInHash } from '../player/moment.js'
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

test('a moment’s address is the player’s, and opens at the event, not just before it', () => {
  const firstMs = 1_700_000_000_000
  expect(pathOfMoment('a b', firstMs + 1_651_000, firstMs)).toBe('/sessions/a%20b#t=27:31')
  const path = pathOfMoment('a', firstMs + 1_651_400, firstMs)
  expect(path).toBe('/sessions/a#t=27:31.400')
  expect(momentInHash(new URL(path, 'http://here').hash)).toBe(1_651_400)
})
