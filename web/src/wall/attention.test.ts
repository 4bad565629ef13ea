import { expect, test } from 'vitest'
import type { SessionSummary } from '../../../protocol/socket-events.js'
import { attention, matches, sorted } from './attention.js'

const NOW_MS = 1_700_000_000_000
const session = (more: Partial<SessionSummary> = {}): SessionSummary => ({
  id: 'a',
  candidateId: 'ada',
  status: 'ACTIVE',
  questionTitle: 'Two Sum II',
  language: 'typescript',
  timeLimit: 3600,
  startTimeMs: NOW_MS - 600_000,
  eventCount: 10,
  candidate: 'online',
  lastEventAtMs: NOW_MS - 1000,
  watchers: 0,
  ...more,
})

test('a session that goes well needs no look', () => {
  expect(attention(session(), NOW_MS)).toEqual({ rank: 0, reasons: [] })
})

test('each reason is said in words', () => {
  const silent = { lastEventAtMs: NOW_MS - 400_000 }
  expect(attention(session({ ...silent, candidate: 'offline' }), NOW_MS).reasons).toEqual([
    'Offline, silent for 6 min',
  ])
  expect(attention(session({ lastEventAtMs: null, candidate: 'offline' }), NOW_MS).reasons).toEqual([
    'Not connected yet',
  ])
  expect(attention(session({ ...silent, candidate: 'idle' }), NOW_MS).reasons).toEqual([
    'Nothing happened for 6 min',
  ])
  expect(attention(session({ timeLimit: 700 }), NOW_MS).reasons).toEqual(['1:40 left'])
  expect(attention(session({ timeLimit: 500, candidate: 'offline' }), NOW_MS).reasons).toEqual([
    'Offline, silent for 1.0 s',
    'Over time by 1:40',
  ])
})

test('who needs a look comes first, ties keep the older session first', () => {
  const calm = session({ id: 'calm', startTimeMs: NOW_MS - 900_000 })
  const calmer = session({ id: 'calmer', startTimeMs: NOW_MS - 800_000 })
  const offline = session({ id: 'offline', candidate: 'offline' })
  const ids = (sort: Parameters<typeof sorted>[1]) =>
    sorted([calmer, offline, calm], sort, NOW_MS).map(({ id }) => id)
  expect(ids('attention')).toEqual(['offline', 'calm', 'calmer'])
  expect(ids('newest')).toEqual(['offline', 'calmer', 'calm'])
  expect(ids('ending')).toEqual(['calm', 'calmer', 'offline'])
})

test('a session without a limit comes after those that end', () => {
  const endless = session({ id: 'endless', timeLimit: null })
  const ending = session({ id: 'ending' })
  expect(sorted([endless, ending], 'ending', NOW_MS).map(({ id }) => id)).toEqual(['ending', 'endless'])
})

test('search looks for every word', () => {
  expect(matches(session(), 'ADA sum')).toBe(true)
  expect(matches(session(), 'ada lru')).toBe(false)
  expect(matches(session({ questionTitle: null }), '')).toBe(true)
})
