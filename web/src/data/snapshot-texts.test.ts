import { expect, test } from 'vitest'
import { SnapshotTexts } from './snapshot-texts.js'

const { signal } = new AbortController()

/** Texts that come when they are let. */
function held() {
  const asked: (readonly number[])[] = []
  const waiting: { places: readonly number[]; let: () => void; fail: (error: Error) => void }[] = []
  const texts = new SnapshotTexts(async function* (places) {
    asked.push(places)
    await new Promise<void>((resolve, reject) => waiting.push({ places, let: resolve, fail: reject }))
    for (const place of places) yield `text ${place}`
  })
  return { texts, asked, waiting }
}

test('neighbours come as one, each only once', async () => {
  const { texts, asked, waiting } = held()
  const first = texts.load([1, 2, 5], signal)
  const second = texts.load([2, 3], signal)
  expect(asked).toEqual([[1, 2], [5], [3]])
  for (const one of waiting) one.let()
  expect([...(await first)].sort()).toEqual([
    [1, 'text 1'],
    [2, 'text 2'],
    [5, 'text 5'],
  ])
  expect([...(await second)].sort()).toEqual([
    [2, 'text 2'],
    [3, 'text 3'],
  ])
  await texts.load([1, 2, 3, 5], signal)
  expect(asked.length).toBe(3)
})

test('who waits for what another gave up fetches it', async () => {
  const { texts, asked, waiting } = held()
  const first = texts.load([4], signal)
  const second = texts.load([4], signal)
  waiting[0]?.fail(new Error('given up'))
  await expect(first).rejects.toThrow('given up')
  await expect.poll(() => waiting.length).toBe(2)
  waiting[1]?.let()
  expect((await second).get(4)).toBe('text 4')
  expect(asked).toEqual([[4], [4]])
})

test('what can not be fetched is told to all who wait, and asked for again by the next', async () => {
  const { texts, waiting } = held()
  const loads = [texts.load([4], signal), texts.load([4], signal)]
  const failures = Promise.allSettled(loads)
  waiting[0]?.fail(new Error('away'))
  await expect.poll(() => waiting.length).toBe(2)
  waiting[1]?.fail(new Error('still away'))
  expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = texts.load([4], signal)
  waiting[2]?.let()
  expect((await again).get(4)).toBe('text 4')
})
