import { expect, test } from 'vitest'
import type { ConsoleApi, ListedSession } from '../../data/api.js'
import { joined, pageWithSessions, withNewest } from './recorded-pages.js'

const session = (startTimeMs: number, archive = 'pending'): ListedSession =>
  ({ id: `s${startTimeMs}`, startTimeMs, archive }) as ListedSession
const startsOf = (sessions: readonly ListedSession[]) => sessions.map(({ startTimeMs }) => startTimeMs)

test('a session that was erased leaves the list, and what lies behind the newest page stays', () => {
  const known = [5, 4, 3, 2, 1].map((at) => session(at))
  const newest = { sessions: [6, 5, 3].map((at) => session(at)), nextCursor: 'more' }
  expect(startsOf(withNewest(newest, known))).toEqual([6, 5, 3, 2, 1])
  expect(startsOf(withNewest({ ...newest, nextCursor: null }, known))).toEqual([6, 5, 3])
})

test('of a session in both lists the younger answer counts', () => {
  const list = joined([session(2, 'verified')], [session(2), session(1)])
  expect(list.map(({ archive }) => archive)).toEqual(['verified', 'pending'])
})

test('pages that hold live sessions alone are passed over', async () => {
  const pages = [
    { sessions: [], nextCursor: 'a' },
    { sessions: [], nextCursor: 'b' },
    { sessions: [session(1)], nextCursor: 'c' },
  ]
  const asked: (string | null)[] = []
  const api = {
    recorded: async (cursor: string | null) => {
      asked.push(cursor)
      return pages[asked.length - 1]
    },
  } as unknown as ConsoleApi
  expect((await pageWithSessions(api, null)).nextCursor).toBe('c')
  expect(asked).toEqual([null, 'a', 'b'])
})
