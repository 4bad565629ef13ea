import { expect, test } from 'vitest'
import { factsOf, isWhole } from './live-facts.js'
import { liveState } from './live-state.js'
import type { FeedView } from './session-feed.js'

const NOW_MS = 1_700_000_000_000
/** The service is ten minutes ahead of the computer that looks. */
const OFFSET_MS = 600_000

const fed = (more: Partial<FeedView> = {}): FeedView => ({
  details: { status: 'ACTIVE' } as FeedView['details'],
  presence: {
    headSeq: 10,
    committedSeq: 10,
    candidate: 'online',
    lastEventAtMs: NOW_MS + OFFSET_MS,
  } as FeedView['presence'],
  connection: 'connected',
  silentSinceMs: null,
  appliedSeq: 10,
  historyLeft: 0,
  latency: { ms: 300, atMs: NOW_MS + OFFSET_MS },
  failure: null,
  ...more,
})

test.each<[string, Partial<FeedView>, string, string, boolean]>([
  ['all of it here', {}, 'live', 'Live', true],
  [
    'events that come late',
    { latency: { ms: 30_000, atMs: NOW_MS + OFFSET_MS } },
    'behind',
    '30 s behind',
    true,
  ],
  [
    'a candidate who is gone',
    {
      presence: {
        ...(fed().presence as NonNullable<FeedView['presence']>),
        candidate: 'offline',
        lastEventAtMs: NOW_MS + OFFSET_MS - 12_000,
      },
    },
    'offline',
    'Candidate offline, last event 12 s ago',
    true,
  ],
  [
    'a connection that is lost',
    { connection: 'reconnecting', silentSinceMs: NOW_MS - 21_000 },
    'disconnected',
    'Reconnecting, no news for 21 s',
    false,
  ],
  ['more to come', { appliedSeq: 0 }, 'loading', 'Loading 10 events', false],
  ['the past still on its way', { historyLeft: 3 }, 'live', 'Live', false],
  [
    'a closed one that is being opened',
    { details: { status: 'COMPLETED', eventCount: 10 } as FeedView['details'], appliedSeq: 0 },
    'loading',
    'Loading',
    false,
  ],
  [
    'a closed one',
    { details: { status: 'COMPLETED', eventCount: 10 } as FeedView['details'], connection: 'over' },
    'closed',
    'Recorded',
    true,
  ],
])('%s', (_, more, kind, text, whole) => {
  const view = fed(more)
  expect(liveState(factsOf(view, NOW_MS, OFFSET_MS))).toMatchObject({ kind, text })
  expect(isWhole(view)).toBe(whole)
})
