import { expect, test } from 'vitest'
import { oneAtATime } from './one-at-a-time.js'

test('[I7] work that is under way is not begun again, and is when it has ended, also in vain', async () => {
  const ends: ((error?: Error) => void)[] = []
  const work = oneAtATime(
    () =>
      new Promise((resolve, reject) =>
        ends.push((error) => (error === undefined ? resolve() : reject(error))),
      ),
  )
  const first = work()
  await work()
  await work()
  expect(ends).toHaveLength(1)
  ends[0]?.(new Error('in vain'))
  await expect(first).rejects.toThrow('in vain')
  const second = work()
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await second
})
