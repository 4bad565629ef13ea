import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EvenList } from './even-list.js'

test('what is kept lies evenly over all that was added, at least half of the room, and the rest is counted', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.integer({ min: 1, max: 20 }), (count, half) => {
      const list = new EvenList<number>(2 * half)
      for (let i = 0; i < count; i++) list.add(i)
      const stride = list.items[1] ?? 1
      expect(list.items).toEqual(Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride))
      expect(list.items.length).toBeLessThanOrEqual(2 * half)
      expect(list.items.length).toBeGreaterThanOrEqual(Math.min(count, half))
      expect(list.leftOutCount).toBe(count - list.items.length)
    }),
  )
})
