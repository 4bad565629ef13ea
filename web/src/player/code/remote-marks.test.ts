import { expect, test } from 'vitest'
import { withinText } from './remote-marks.js'

test.each([
  [3, 3],
  [-5, 0],
  [1e9, 10],
  [2.7, 2],
  [Number.NaN, 0],
  [Number.POSITIVE_INFINITY, 10],
  [Number.NEGATIVE_INFINITY, 0],
])('%d lies in the text at %i', (place, held) => {
  expect(withinText(place, 10)).toBe(held)
})
