import { expect, test } from 'vitest'
import { costOf } from './move-focus.js'

const HERE = { x: 100, y: 100 }

test('sideways stays in the row, up and down prefer the nearest row', () => {
  expect(costOf(HERE, { x: 400, y: 100 }, 'ArrowRight')).not.toBeNull()
  expect(costOf(HERE, { x: 100, y: 300 }, 'ArrowRight')).toBeNull()
  expect(costOf(HERE, { x: 400, y: 300 }, 'ArrowRight')).toBeNull()
  expect(costOf(HERE, { x: 100, y: 100 }, 'ArrowDown')).toBeNull()
  const below = costOf(HERE, { x: 100, y: 300 }, 'ArrowDown') as number
  const belowAside = costOf(HERE, { x: 400, y: 300 }, 'ArrowDown') as number
  const farBelow = costOf(HERE, { x: 100, y: 700 }, 'ArrowDown') as number
  expect(below).toBeLessThan(belowAside)
  expect(belowAside).toBeLessThan(farBelow)
})
