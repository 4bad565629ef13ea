import { expect, test } from 'vitest'
import { AHEAD, workedAhead } from './ahead.js'

async function* numbers(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) yield n
}

/** Work that ends when it is told to. */
function heldWork() {
  const ends: (() => void)[] = []
  return {
    ends,
    work: (n: number) => new Promise<number>((resolve) => ends.push(() => resolve(n))),
  }
}

test('results come in order, whichever is ready first, and only so many are under way', async () => {
  const { ends, work } = heldWork()
  const results = workedAhead(numbers(10), work)
  const first = results.next()
  await expect.poll(() => ends.length).toBe(AHEAD + 1)
  for (const end of ends.splice(0).reverse()) end()
  expect(await first).toEqual({ done: false, value: 0 })
  const rest: number[] = []
  const all = (async () => {
    for await (const n of results) rest.push(n)
  })()
  while (rest.length < 9) {
    for (const end of ends.splice(0)) end()
    await new Promise(setImmediate)
  }
  await all
  expect(rest).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a failure is thrown in its place', async () => {
  const seen: number[] = []
  const failing = async (n: number) => {
    if (n === 2) throw new Error('the third')
    return n
  }
  await expect(async () => {
    for await (const n of workedAhead(numbers(20), failing)) seen.push(n)
  }).rejects.toThrow('the third')
  expect(seen).toEqual([0, 1])
})
