import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instantWriter } from './instants.js'

const MOST_MS = 8.64e15

test('instants are what toISOString says, in whatever order they come', () => {
  const near = fc.integer({ min: -3000, max: 3000 })
  const any = fc.integer({ min: -MOST_MS, max: MOST_MS })
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any)), (moments) => {
      const write = instantWriter()
      for (const ms of moments) expect(write(ms)).toBe(new Date(ms).toISOString())
    }),
  )
})

test('one that no date can have is refused, and the next one is written', () => {
  const write = instantWriter()
  expect(() => write(Number.NaN)).toThrow(RangeError)
  expect(() => write(MOST_MS + 1000)).toThrow(RangeError)
  expect(write(1)).toBe('1970-01-01T00:00:00.001Z')
})
