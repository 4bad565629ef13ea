import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { bufferKeys, shardOf } from './keys.js'

test('a session stays in its shard across processes and versions', () => {
  // Failing? Sessions that are buffered would be looked for elsewhere: shardOf must not change.
  // FNV-1a, 32 bits: the published values of '', 'a' and 'foobar' are 811c9dc5, e40c292c and bf9cf968.
  expect(shardOf('', 1024)).toBe(0x811c9dc5 % 1024)
  expect(shardOf('a', 1024)).toBe(0xe40c292c % 1024)
  expect(shardOf('foobar', 1000)).toBe(0xbf9cf968 % 1000)
})

test('sessions spread over all shards, none with twice its part', () => {
  const shards = 16
  const count = 16_000
  const sessions = new Array<number>(shards).fill(0)
  for (let i = 0; i < count; i++) (sessions[shardOf(randomUUID(), shards)] as number)++
  expect(Math.min(...sessions)).toBeGreaterThan(count / shards / 2)
  expect(Math.max(...sessions)).toBeLessThan((count / shards) * 2)
})

test('ids that follow each other spread too', () => {
  const ids = Array.from({ length: 1000 }, (_, i) => `session-${String(i).padStart(6, '0')}`)
  expect(new Set(ids.map((id) => shardOf(id, 16))).size).toBe(16)
})

test('every key of a shard carries the same hash tag, so one script touches one slot', () => {
  const keys = bufferKeys({ prefix: 'p:', shards: 4 })
  const all = [
    keys.meta(3, 'a'),
    keys.stream(3, 'b'),
    keys.held(3, 'c'),
    keys.dirty(3),
    keys.active(3),
    keys.holes(3),
  ]
  expect(new Set(all).size).toBe(all.length)
  // Redis hashes what stands between the first { and the } after it.
  expect(all.map((key) => /\{(.*?)\}/.exec(key)?.[1])).toEqual(all.map(() => 's3'))
  expect(all.every((key) => key.startsWith('p:{'))).toBe(true)
})
