import { expect, test } from 'vitest'
import { type LiveFacts, liveState, presenceText, savedText } from './live-state.js'

const facts = (more: Partial<LiveFacts> = {}): LiveFacts => ({
  connection: 'connected',
  disconnectedMs: 0,
  appliedSeq: 1000,
  headSeq: 1000,
  latencyMs: 200,
  closed: false,
  ...more,
})

test.each<[string, Partial<LiveFacts>, string, string]>([
  [
    'before anything came',
    { connection: 'connecting', headSeq: null, appliedSeq: 0 },
    'loading',
    'Connecting',
  ],
  ['the history on its way', { appliedSeq: 0, headSeq: 900 }, 'loading', 'Loading 900 events'],
  ['all of it here', {}, 'live', 'Live'],
  ['no event yet', { appliedSeq: 0, headSeq: 0, latencyMs: null }, 'live', 'Live'],
  ['a slow path', { latencyMs: 12_400 }, 'behind', '12 s behind'],
  ['much missing', { headSeq: 2204 }, 'behind', 'Catching up, 1,204 events to go'],
  [
    'cut off',
    { connection: 'reconnecting', disconnectedMs: 12_000 },
    'disconnected',
    'Reconnecting, no news for 12 s',
  ],
  ['closed', { closed: true, connection: 'over' }, 'closed', 'Recorded'],
  ['closed, not all here', { closed: true, headSeq: 1001 }, 'loading', 'Loading, 1 event to go'],
])('%s', (_, more, kind, text) => {
  expect(liveState(facts(more))).toEqual({ kind, text })
})

test('saved means committed', () => {
  const presence = { headSeq: 10, committedSeq: 10 } as Parameters<typeof savedText>[0]
  expect(savedText(presence)).toEqual({ all: true, text: 'All saved' })
  expect(savedText({ ...presence, committedSeq: 4 })).toEqual({ all: false, text: '6 events not yet saved' })
})

test('presence says since when', () => {
  expect(presenceText({ candidate: 'online', lastEventAtMs: 0 }, 5000)).toBe('online')
  expect(presenceText({ candidate: 'idle', lastEventAtMs: 0 }, 150_000)).toBe('idle for 2 min')
  expect(presenceText({ candidate: 'offline', lastEventAtMs: 0 }, 12_000)).toBe(
    'offline, last event 12 s ago',
  )
  expect(presenceText({ candidate: 'offline', lastEventAtMs: null }, 0)).toBe('not connected yet')
})
