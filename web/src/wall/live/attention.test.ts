import { expect, test } from 'vitest'
import type { SessionFacts, SessionSummary } from '../../../../protocol/socket-events.js'
import { attention, presenceWords, type Seen, signalWords } from './attention.js'

const NOW_MS = 1_700_000_000_000
const NOTHING: Seen = { offlineSinceMs: null, signalsUntilMs: null }
const FACTS: SessionFacts = {
  tests: null,
  aiPrompts: 0,
  longPastes: 0,
  longestPasteChars: 0,
  tabAwayCount: 0,
  tabAwaySinceMs: null,
  secondTabs: 0,
  losses: 0,
}
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
  facts: FACTS,
  ...more,
})
const reasons = (more: Partial<SessionSummary>, seen: Partial<Seen> = {}) =>
  attention(session(more), { ...NOTHING, ...seen }, NOW_MS, NOW_MS).reasons

test('a session that goes well needs no look, nor does one that has ended', () => {
  expect(attention(session(), NOTHING, NOW_MS, NOW_MS)).toEqual({ rank: 0, reasons: [] })
  expect(reasons({ status: 'COMPLETED', candidate: 'offline', timeLimit: 1 })).toEqual([])
})

test('each reason is said in words, the most pressing first', () => {
  const silent = { lastEventAtMs: NOW_MS - 400_000 }
  expect(reasons({ ...silent, candidate: 'offline' })).toEqual(['Offline, silent for 6 min'])
  expect(reasons({ candidate: 'offline' }, { offlineSinceMs: NOW_MS - 12_000 })).toEqual(['Offline for 12 s'])
  expect(reasons({ lastEventAtMs: null, candidate: 'offline' })).toEqual(['Not connected yet'])
  expect(reasons({ ...silent, candidate: 'idle' })).toEqual(['Nothing happened for 6 min'])
  expect(reasons({ timeLimit: 700 })).toEqual(['1:40 left'])
  expect(reasons({ timeLimit: 700, facts: { ...FACTS, tests: { passed: 2, failed: 3 } } })).toEqual([
    '3 tests fail with 1:40 left',
  ])
  expect(reasons({ timeLimit: 500, candidate: 'offline' })).toEqual([
    'Offline, silent for 1.0 s',
    'Over time by 1:40',
  ])
  expect(reasons({ facts: { ...FACTS, losses: 1, tabAwaySinceMs: NOW_MS - 190_000 } })).toEqual([
    '1 event could not be kept',
    'Tab away for 3 min',
  ])
  expect(reasons({ facts: null })).toEqual([])
})

test('signals are a reason while they are news', () => {
  const facts = { ...FACTS, longPastes: 2, longestPasteChars: 412 }
  expect(reasons({ facts })).toEqual([])
  expect(reasons({ facts }, { signalsUntilMs: NOW_MS + 1 })).toEqual([
    'New signal: 2 long pastes, up to 412 characters',
  ])
  expect(reasons({ facts }, { signalsUntilMs: NOW_MS })).toEqual([])
  expect(signalWords({ ...FACTS, tabAwayCount: 1, secondTabs: 1, longPastes: 1 })).toEqual([
    '1 long paste',
    'tab left once',
    'open in a second place',
  ])
})

test('presence says since when, where that was seen', () => {
  const words = (more: Partial<SessionSummary>, offlineSinceMs: number | null = null) =>
    presenceWords(session(more), { ...NOTHING, offlineSinceMs }, NOW_MS, NOW_MS)
  expect(words({})).toBe('Live')
  expect(words({ candidate: 'idle', lastEventAtMs: NOW_MS - 120_000 })).toBe('Idle for 2 min')
  expect(words({ candidate: 'offline' }, NOW_MS - 12_400)).toBe('Offline for 12 s')
  expect(words({ candidate: 'offline', lastEventAtMs: null })).toBe('Not connected yet')
})
