import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Log } from './log.js'
import { PersistentMap } from './persistent-map.js'
import { Text } from './text.js'

test('a Text that is spliced is the string that is spliced, across many pieces', { timeout: 60_000 }, () => {
  const splices = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      deleted: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 9000 })),
      inserted: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 5 }),
        fc.nat({ max: 12_000 }).map((length) => 'abcdefghij'.repeat(length / 10)),
      ),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(fc.nat({ max: 30_000 }), splices, (startUnits, edits) => {
      let model = 'Zyxw '.repeat(startUnits / 5)
      let text = Text.of(model)
      for (const { at, deleted, inserted } of edits) {
        const offset = Math.round(at * model.length)
        const removed = Math.min(deleted, model.length - offset)
        const before = text
        const wasBefore = model
        model = model.slice(0, offset) + inserted + model.slice(offset + removed)
        text = text.splice(offset, removed, inserted)
        if (text.length !== model.length || !text.equals(model)) expect(text.toString()).toBe(model)
        expect(before.equals(wasBefore)).toBe(true)
        expect(text.equals(`${model} `)).toBe(false)
      }
      expect(text.toString()).toBe(model)
    }),
    { numRuns: 100, interruptAfterTimeLimit: 20_000 },
  )
})

test('a Text differs from another of the same length', () => {
  expect(Text.of('abc').equals('abd')).toBe(false)
  expect(Text.of('').equals('')).toBe(true)
})

test('a PersistentMap is a Map, and older ones stay as they were', () => {
  const steps = fc.array(fc.record({ key: fc.nat({ max: 300 }), remove: fc.boolean() }), {
    maxLength: 400,
    size: 'max',
  })
  fc.assert(
    fc.property(steps, (changes) => {
      const model = new Map<string, number>()
      let map = PersistentMap.empty<number>()
      let older: { map: PersistentMap<number>; size: number } = { map, size: 0 }
      changes.forEach(({ key, remove }, i) => {
        if (i === changes.length >> 1) older = { map, size: model.size }
        if (remove) model.delete(`k${key}`)
        else model.set(`k${key}`, i)
        map = remove ? map.delete(`k${key}`) : map.set(`k${key}`, i)
      })
      expect(map.size).toBe(model.size)
      for (const [key, value] of model) expect(map.get(key)).toBe(value)
      expect(map.values().sort()).toEqual([...model.values()].sort())
      expect(older.map.values()).toHaveLength(older.size)
    }),
  )
})

test('a PersistentMap keeps keys whose hashes are equal apart', () => {
  // Found by search: these pairs collide in 32-bit FNV-1a.
  let map = PersistentMap.empty<string>()
  const keys = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke']
  for (let i = 0; i < 40; i++) map = map.set(`other${i}`, '')
  for (const key of keys) map = map.set(key, key)
  for (const key of keys) expect(map.get(key)).toBe(key)
  expect(map.size).toBe(46)
})

test('a Log tells what is new since an older one, and null when it did not grow from that', () => {
  const one = Log.empty<number>().push(1)
  const three = one.push(2).push(3)
  expect(three.since(one)).toEqual([2, 3])
  expect(three.since(three)).toEqual([])
  expect([...three]).toEqual([1, 2, 3])
  expect(one.since(three)).toBeNull()
  expect(three.since(Log.empty<number>().push(1))).toBeNull()
})

test('changeLast replaces the youngest match and nothing else', () => {
  const log = [1, 2, 3, 4].reduce((l, n) => l.push(n), Log.empty<number>())
  const changed = log.changeLast(
    (n) => n % 2 === 1,
    (n) => n * 10,
  )
  expect(changed.toArray()).toEqual([1, 2, 30, 4])
  expect(log.toArray()).toEqual([1, 2, 3, 4])
  expect(
    log.changeLast(
      () => false,
      (n) => n,
    ),
  ).toBe(log)
  expect(
    log.changeLast(
      (n) => n === 1,
      (n) => n * 10,
      3,
    ),
  ).toBe(log)
})
