import os from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { yieldToServers } from './yield-to-servers.js'

afterEach(() => vi.restoreAllMocks())
const setPriority = (priorityNow: number) => {
  vi.spyOn(os, 'getPriority').mockReturnValue(priorityNow)
  return vi.spyOn(os, 'setPriority').mockReturnValue()
}

test.each([
  ['gives way', 10, 0, [[10]]],
  ['more than before', 10, 5, [[10]]],
  ['was started with less, and keeps that', 10, 15, []],
  ['does not, where that is asked for', 0, 0, []],
])('a worker %s', (_, nice, priorityNow, calls) => {
  const set = setPriority(priorityNow)
  yieldToServers(nice, (error) => expect.unreachable(String(error)))
  expect(set.mock.calls).toEqual(calls)
})

test('a system that refuses it stops no worker', () => {
  setPriority(0).mockImplementation(() => {
    throw Object.assign(new Error('no'), { code: 'EACCES' })
  })
  const refused: unknown[] = []
  yieldToServers(10, (error) => refused.push(error))
  expect(refused).toMatchObject([{ code: 'EACCES' }])
})
