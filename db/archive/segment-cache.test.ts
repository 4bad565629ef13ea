import { expect, test } from 'vitest'
import { SegmentCache } from './segment-cache.js'

test('[I8] holds so many characters, those that were used last', () => {
  const cache = new SegmentCache(10)
  cache.put('a/1', 'one', 4)
  cache.put('a/2', 'two', 4)
  expect(cache.get('a/1')).toBe('one')
  cache.put('b/1', 'three', 4)
  expect([cache.get('a/1'), cache.get('a/2'), cache.get('b/1')]).toEqual(['one', undefined, 'three'])
  cache.put('b/2', 'larger than all of it', 11)
  expect(cache.get('b/2')).toBeUndefined()
  cache.put('b/3', 'all of it', 10)
  expect([cache.get('a/1'), cache.get('b/1'), cache.get('b/3')]).toEqual([undefined, undefined, 'all of it'])
})

test('[R14] forgets what lies below a prefix, and has room for it again', () => {
  const cache = new SegmentCache(10)
  cache.put('a/1', 1, 5)
  cache.put('ab/1', 2, 5)
  cache.forget('a/')
  expect([cache.get('a/1'), cache.get('ab/1')]).toEqual([undefined, 2])
  cache.put('c/1', 3, 5)
  expect([cache.get('ab/1'), cache.get('c/1')]).toEqual([2, 3])
})
