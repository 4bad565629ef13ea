import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CARD_GAP, CARD_HEIGHT, CARD_MIN_WIDTH, cardsInView, gridShape, nextCard } from './windowing.js'

test('a phone has one column, a large screen as many as fit, and they fill the width', () => {
  expect([358, 1248, 1888].map((width) => gridShape(10, width).columns)).toEqual([1, 3, 6])
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 320, max: 5000 }), (count, width) => {
      const { columns, cardWidth, rows, height } = gridShape(count, width)
      expect(cardWidth * columns + CARD_GAP * (columns - 1)).toBeCloseTo(width)
      expect(cardWidth >= CARD_MIN_WIDTH || columns === 1).toBe(true)
      expect(rows * columns).toBeGreaterThanOrEqual(count)
      expect(height).toBe(rows === 0 ? 0 : rows * CARD_HEIGHT + (rows - 1) * CARD_GAP)
    }),
  )
})

test('every card that is on the screen is drawn, and not many more', () => {
  fc.assert(
    fc.property(
      fc.nat(500),
      fc.integer({ min: 320, max: 4000 }),
      fc.integer({ min: -2000, max: 200_000 }),
      fc.integer({ min: 1, max: 2500 }),
      (count, width, top, height) => {
        const shape = gridShape(count, width)
        const { from, to } = cardsInView(shape, count, top, height)
        expect(from).toBeLessThanOrEqual(to)
        for (let i = 0; i < count; i++) {
          const y = Math.floor(i / shape.columns) * shape.rowHeight
          if (y < top + height && y + CARD_HEIGHT > top) expect(i >= from && i < to).toBe(true)
        }
        expect(to - from).toBeLessThanOrEqual((Math.ceil(height / shape.rowHeight) + 4) * shape.columns)
      },
    ),
  )
})

test('keys lead to the neighbour, and out of the grid at its edges', () => {
  // 0 1 2
  // 3 4
  expect(nextCard(1, 'ArrowDown', 5, 3)).toBe(4)
  expect(nextCard(2, 'ArrowDown', 5, 3)).toBe(4)
  expect(nextCard(2, 'ArrowRight', 5, 3)).toBe(3)
  expect(nextCard(4, 'ArrowDown', 5, 3)).toBeNull()
  expect(nextCard(1, 'ArrowUp', 5, 3)).toBeNull()
  expect(nextCard(0, 'ArrowLeft', 5, 3)).toBeNull()
  expect([nextCard(3, 'Home', 5, 3), nextCard(0, 'End', 5, 3)]).toEqual([0, 4])
})
