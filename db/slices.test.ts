import { expect, test } from 'vitest'
import { inSlices } from './slices.js'

test('[I7] between two events that each take long, others have their turn', async () => {
  async function* pages() {
    yield [1, 2, 3]
    yield [4, 5]
  }
  let turns = 0
  let waiting = true
  const others = () => {
    turns++
    if (waiting) setImmediate(others)
  }
  setImmediate(others)
  const seen: number[] = []
  const turnsBefore: number[] = []
  for await (const items of inSlices(pages())) {
    turnsBefore.push(turns)
    seen.push(...items)
    const untilMs = performance.now() + 20
    while (performance.now() < untilMs);
  }
  waiting = false
  expect(seen).toEqual([1, 2, 3, 4, 5])
  expect(new Set(turnsBefore).size).toBe(5)
})
