import { expect, test } from 'vitest'
import { type LiveFacts, liveState, presenceText, savedText } from './live-state.js'

const facts = (more: Partial<LiveFacts> = {}): LiveFacts => ({
  connection: 'connected',
  silentMs: 0,
  appliedSeq: 1000,
  historyLeft: 0,
  headSeq: 1000,
  latency: { ms: 200, atMs: 60_000 },
  candidate: { candidate: 'online', lastEventAtMs: 60_000 },
  nowMs: 62_000,
  closed: false,
  ...more,
})

test.each<[string, Partial<LiveFacts>, string, string, string?]>([
  [
    'before anything came',
    { connection: 'connecting', headSeq: null, appliedSeq: 0 },
    'loading',
    'Connecting',
  ],
  [
    'tried in vain',
    { connection: 'unanswered', appliedSeq: 0, headSeq: null, latency: null },
    'disconnected',
    'No answer yet, still trying to connect',
  ],
  ['the history on its way', { appliedSeq: 0, headSeq: 900 }, 'loading', 'Loading 900 events'],
  ['all of it here', {}, 'live', 'Live', '0.2 s behind'],
  [
    'the end of it here, the rest on its way',
    { historyLeft: 4200 },
    'live',
    'Live',
    'loading the past, 4,200 events to go',
  ],
  [
    'the end of it here, and nobody at work',
    { historyLeft: 4200, candidate: { candidate: 'offline', lastEventAtMs: 50_000 } },
    'offline',
    'Candidate offline, last event 12 s ago',
    'loading the past, 4,200 events to go',
  ],
  ['no event yet', { appliedSeq: 0, headSeq: 0, latency: null }, 'live', 'Live'],
  ['a slow path', { latency: { ms: 12_400, atMs: 60_000 } }, 'behind', '12 s behind'],
  ['a delay of a while ago', { nowMs: 105_000 }, 'live', 'Live', 'last event 45 s ago'],
  [
    'what was late and nothing since, while more of it may be on its way',
    { latency: { ms: 12_400, atMs: 60_000 }, nowMs: 72_000 },
    'behind',
    '12 s behind',
  ],
  [
    '… and after that',
    { latency: { ms: 12_400, atMs: 60_000 }, nowMs: 73_000 },
    'live',
    'Live',
    'last event 13 s ago',
  ],
  [
    'nobody connected',
    { candidate: { candidate: 'offline', lastEventAtMs: 50_000 } },
    'offline',
    'Candidate offline, last event 12 s ago',
  ],
  [
    'nobody connected yet',
    { candidate: { candidate: 'offline', lastEventAtMs: null }, latency: null },
    'offline',
    'Candidate not connected yet',
  ],
  ['much missing', { headSeq: 2204 }, 'behind', 'Catching up, 1,204 events to go'],
  [
    'cut off',
    { connection: 'reconnecting', silentMs: 12_000 },
    'disconnected',
    'Reconnecting, no news for 12 s',
  ],
  ['closed', { closed: true, connection: 'over' }, 'closed', 'Recorded'],
  [
    'closed, of which only what is looked at is loaded',
    { closed: true, appliedSeq: 0 },
    'loading',
    'Loading',
  ],
  ['closed, not all here', { closed: true, headSeq: 1001 }, 'loading', 'Loading, 1 event to go'],
])('%s', (_, more, kind, text, detail) => {
  expect(liveState(facts(more))).toEqual({ kind, text, ...(detail !== undefined && { detail }) })
})

test('saved means committed, of all that is here', () => {
  const saved = (committedSeq: number, appliedSeq: number) =>
    savedText({ headSeq: 10, committedSeq }, appliedSeq)
  expect(saved(10, 10)).toMatchObject({ all: true, text: 'All saved' })
  expect(saved(4, 10)).toMatchObject({ all: false, text: '6 not yet saved' })
  // What came since the service last told.
  expect(saved(10, 13)).toEqual({
    all: false,
    text: '3 not yet saved',
    detail: '10 of 13 events are in the database, as last told',
  })
  expect(saved(10, 7)).toMatchObject({ all: true })
})

test('presence says since when', () => {
  expect(presenceText({ candidate: 'online', lastEventAtMs: 0 }, 5000)).toBe('online')
  expect(presenceText({ candidate: 'idle', lastEventAtMs: 0 }, 150_000)).toBe('idle for 2 min')
  expect(presenceText({ candidate: 'offline', lastEventAtMs: 0 }, 12_000)).toBe(
    'offline, last event 12 s ago',
  )
  expect(presenceText({ candidate: 'offline', lastEventAtMs: null }, 0)).toBe('not connected yet')
})
