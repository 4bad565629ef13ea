import { expect, test } from 'vitest'
import { KeystrokeSampler } from './keystroke-sampler.js'

const keystroke = { type: 'keystroke', data: { fileId: 'a' } }
const kept = (sampler: KeystrokeSampler, count: number) =>
  Array.from({ length: count }, () => sampler.take(keystroke)).flatMap((event) =>
    event === null ? [] : [(event.data as unknown as { every: number }).every],
  )

test('one in ten unless told otherwise, and it says so', () => {
  const sampler = new KeystrokeSampler()
  expect(kept(sampler, 25)).toEqual([10, 10])
  expect(kept(sampler, 5)).toEqual([10])
})

test('1 keeps all', () => {
  expect(kept(new KeystrokeSampler(1), 3)).toEqual([1, 1, 1])
})

test('a rate that changes in the middle: each kept one still says what it stands for', () => {
  const sampler = new KeystrokeSampler(10)
  expect(kept(sampler, 7)).toEqual([])
  sampler.every = 3
  expect(kept(sampler, 4)).toEqual([8, 3])
  sampler.every = 5
  expect(kept(sampler, 5)).toEqual([5])
})

test('other types pass untouched, and do not count', () => {
  const sampler = new KeystrokeSampler(2)
  const edit = { type: 'code_edit', data: { changes: [] } }
  for (let i = 0; i < 5; i++) expect(sampler.take(edit)).toBe(edit)
  expect(kept(sampler, 2)).toEqual([2])
})

test('data of the sender’s own stays; what is no object is the service’s to judge', () => {
  expect(new KeystrokeSampler(1).take(keystroke)?.data).toEqual({ fileId: 'a', every: 1 })
  expect(new KeystrokeSampler(1).take({ type: 'keystroke', data: 'x' })?.data).toBe('x')
})

test('one that was thinned out by its sender passes as it is', () => {
  const thinned = { type: 'keystroke', data: { every: 25 } }
  expect(new KeystrokeSampler().take(thinned)).toBe(thinned)
})
