import { beforeEach, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import type { LiveEvents, Presence } from '../../protocol/socket-events.js'
import { LiveQueue } from './live-queue.js'
import { NEXT_WATCH, type WatchEffect, WatcherCore } from './watcher-core.js'

let core: WatcherCore
let nowMs: number
let shown: number[]
let resets: number[]

beforeEach(() => {
  nowMs = 1_000_000
  shown = []
  resets = []
  core = new WatcherCore(0, () => 0)
})

const delivered = (seq: number) => ({
  type: 'keystroke',
  timestamp: seq,
  data: {},
  fileId: null,
  checkpoint: false,
  source: 1,
  sourceSeq: seq,
})
const live = (firstSeq: number, lastSeq: number, epoch = 1): LiveEvents => ({
  sessionId: 's',
  epoch,
  firstSeq,
  events: Array.from({ length: lastSeq - firstSeq + 1 }, (_, i) => delivered(firstSeq + i)),
})
const recorded = (...seqs: number[]): RecordedEvent[] => seqs.map((seq) => ({ ...delivered(seq), seq }))
const heads = (headSeq: number, committedSeq = 0, epoch = 1) => ({ epoch, headSeq, committedSeq })
const presence = (headSeq: number, committedSeq = 0, epoch = 1): Presence => ({
  sessionId: 's',
  ...heads(headSeq, committedSeq, epoch),
  candidate: 'online',
  lastEventAtMs: null,
  watchers: 1,
  watchedBy: [],
})
/** Does what the core wants as far as the page sees it; answers what it wants of the service. */
const poll = (): WatchEffect[] => {
  const effects = core.poll(nowMs)
  for (const effect of effects) {
    if (effect.do === 'deliver') shown.push(...effect.events.map((event) => event.seq))
    if (effect.do === 'reset') resets.push(effect.keptThroughSeq)
  }
  return effects.filter((effect) => effect.do === 'watch' || effect.do === 'fetch')
}
const follow = (headSeq = 0, committedSeq = 0, epoch = 1) => {
  core.up()
  expect(poll()).toEqual([{ do: 'watch' }])
  core.watched(nowMs, heads(headSeq, committedSeq, epoch))
  return poll()
}
const later = (ms: number) => {
  nowMs += ms
}

test('joining reads the backlog page by page, while live batches wait for their turn', () => {
  expect(follow(5)).toEqual([{ do: 'fetch', id: 1, afterSeq: 0 }])
  core.live(nowMs, live(6, 7))
  expect(poll()).toEqual([])
  core.page(nowMs, 1, { epoch: 1, events: recorded(1, 2, 3), nextAfterSeq: 3 })
  expect(poll()).toEqual([{ do: 'fetch', id: 2, afterSeq: 3 }])
  core.page(nowMs, 2, { epoch: 1, events: recorded(4, 5), nextAfterSeq: null })
  expect(poll()).toEqual([])
  expect(shown).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(core.isCaughtUp).toBe(true)
})

test('a batch that comes before the answer to watch is not lost', () => {
  core.up()
  poll()
  core.live(nowMs, live(1, 2))
  core.watched(nowMs, heads(0))
  poll()
  expect(shown).toEqual([1, 2])
})

test('each event once, however batches overlap', () => {
  follow()
  core.live(nowMs, live(1, 3))
  core.live(nowMs, live(1, 3))
  core.live(nowMs, live(2, 5))
  poll()
  expect(shown).toEqual([1, 2, 3, 4, 5])
})

test('a hole is waited for shortly, then read from the log', () => {
  follow()
  core.live(nowMs, live(3, 4))
  core.live(nowMs, live(1, 1))
  expect(poll()).toEqual([])
  later(249)
  expect(poll()).toEqual([])
  later(1)
  expect(poll()).toEqual([{ do: 'fetch', id: 1, afterSeq: 1 }])
  core.page(nowMs, 1, { epoch: 1, events: recorded(2, 3, 4), nextAfterSeq: null })
  poll()
  expect(shown).toEqual([1, 2, 3, 4])
})

test('a hole that closes by itself costs no request', () => {
  follow()
  core.live(nowMs, live(2, 2))
  poll()
  later(100)
  core.live(nowMs, live(1, 1))
  later(1000)
  expect(poll()).toEqual([])
  expect(shown).toEqual([1, 2])
})

test('[R4] presence shows that the last batch was lost', () => {
  follow()
  core.presence(nowMs, presence(2))
  poll()
  later(250)
  expect(poll()).toEqual([{ do: 'fetch', id: 1, afterSeq: 0 }])
})

test('[I4][R3] a new epoch: asks where it stands, keeps what both had committed, reads on', () => {
  follow()
  core.live(nowMs, live(1, 9))
  core.presence(nowMs, presence(9, 4))
  poll()
  later(250)
  core.live(nowMs, live(7, 8, 2))
  expect(poll()).toEqual([{ do: 'watch' }])
  core.live(nowMs, live(9, 9, 2))
  core.watched(nowMs, heads(9, 6, 2))
  expect(poll()).toEqual([{ do: 'fetch', id: 1, afterSeq: 4 }])
  expect(resets).toEqual([4])
  core.page(nowMs, 1, { epoch: 2, events: recorded(5, 6), nextAfterSeq: null })
  poll()
  expect(shown).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 6, 7, 8, 9])
})

test('[R4] presence tells of a new epoch too, and of one that committed less', () => {
  follow()
  core.live(nowMs, live(1, 9))
  core.presence(nowMs, presence(9, 8))
  poll()
  core.presence(nowMs, presence(5, 5, 2))
  later(250)
  expect(poll()).toEqual([{ do: 'watch' }])
  core.watched(nowMs, heads(5, 5, 2))
  poll()
  expect(resets).toEqual([5])
  expect(core.isCaughtUp).toBe(true)
})

test('what an older epoch still sends counts for nothing', () => {
  follow(0, 0, 5)
  core.live(nowMs, live(1, 3, 4))
  core.presence(nowMs, presence(3, 3, 4))
  expect(poll()).toEqual([])
  expect(shown).toEqual([])
  expect(core.headSeq).toBe(0)
})

test('a page of another epoch is thrown away', () => {
  follow(3, 0, 2)
  core.page(nowMs, 1, { epoch: 1, events: recorded(1, 2, 3), nextAfterSeq: null })
  expect(poll()).toEqual([])
  later(125)
  expect(poll()).toEqual([{ do: 'fetch', id: 2, afterSeq: 0 }])
  core.page(nowMs, 2, { epoch: 3, events: recorded(1, 2, 3), nextAfterSeq: null })
  later(250)
  expect(poll()).toEqual([{ do: 'watch' }])
  expect(shown).toEqual([])
})

test('a page that a new epoch has overtaken is not heard', () => {
  follow(3)
  core.down()
  follow(2, 0, 2)
  core.page(nowMs, 1, { epoch: 2, events: recorded(1, 2, 3), nextAfterSeq: null })
  poll()
  expect(shown).toEqual([])
})

test('a page with a hole is taken up to the hole', () => {
  follow(4)
  core.page(nowMs, 1, { epoch: 1, events: recorded(1, 2, 4), nextAfterSeq: null })
  expect(poll()).toEqual([{ do: 'fetch', id: 2, afterSeq: 2 }])
  expect(shown).toEqual([1, 2])
})

test('pages that fail, or bring nothing, are asked for again, slower each time', () => {
  follow(1)
  for (const [i, waitMs] of [125, 250, 500].entries()) {
    if (i === 1) core.page(nowMs, i + 1, { epoch: 1, events: [], nextAfterSeq: null })
    else core.pageFailed(nowMs, i + 1)
    later(waitMs - 1)
    expect(poll()).toEqual([])
    later(1)
    expect(poll()).toEqual([{ do: 'fetch', id: i + 2, afterSeq: 0 }])
  }
})

test('after a reconnect it goes on behind the last event', () => {
  follow()
  core.live(nowMs, live(1, 3))
  core.down()
  expect(follow(5)).toEqual([{ do: 'fetch', id: 1, afterSeq: 3 }])
})

test('a watcher that hears nothing asks whether it is still in the room', () => {
  follow()
  later(19_999)
  expect(poll()).toEqual([])
  later(1)
  expect(poll()).toEqual([{ do: 'watch' }])
})

test('resuming from a seq above the head: that seq was of an epoch that is gone', () => {
  core = new WatcherCore(10, () => 0)
  follow(8, 6)
  expect(resets).toEqual([6])
})

test('resuming delivers only what is new', () => {
  core = new WatcherCore(10, () => 0)
  expect(follow(12, 6)).toEqual([{ do: 'fetch', id: 1, afterSeq: 10 }])
  expect(resets).toEqual([])
})

test('a watch that was refused is tried again later', () => {
  core.up()
  poll()
  core.notWatched(nowMs)
  expect(poll()).toEqual([])
  later(125)
  expect(poll()).toEqual([{ do: 'watch' }])
})

test('what is over stays over', () => {
  expect(new Set(Object.values(NEXT_WATCH.over))).toEqual(new Set(['over']))
})

test('[I8] the queue of live batches is bounded, and keeps them by seq', () => {
  const queue = new LiveQueue(10)
  queue.add(live(7, 8))
  queue.add(live(4, 6))
  queue.add(live(5, 5))
  expect(queue.take(0)).toEqual([])
  expect(queue.take(3).map((event) => event.seq)).toEqual([4, 5, 6, 7, 8])
  queue.add(live(20, 25))
  queue.add(live(10, 15))
  expect(queue.take(9).map((event) => event.seq)).toEqual([10, 11, 12, 13, 14, 15])
  expect(queue.take(19)).toEqual([])
})

test('where it begins may be told late, and until then it delivers and reads nothing', () => {
  core = new WatcherCore(null, () => 0)
  expect(follow(8, 6)).toEqual([])
  core.live(nowMs, live(9, 10))
  later(1000)
  expect(poll()).toEqual([])
  expect(core.isCaughtUp).toBe(false)
  core.begin(5)
  expect(poll()).toEqual([{ do: 'fetch', id: 1, afterSeq: 5 }])
  core.page(nowMs, 1, { epoch: 1, events: recorded(6, 7, 8), nextAfterSeq: null })
  poll()
  expect(shown).toEqual([6, 7, 8, 9, 10])
  expect(core.isCaughtUp).toBe(true)
})

test('told before it follows, it goes on from there, in whatever epoch', () => {
  core = new WatcherCore(null, () => 0)
  core.begin(5)
  expect(follow(5, 5, 3)).toEqual([])
  expect(core.isCaughtUp).toBe(true)
  core.live(nowMs, live(6, 6, 3))
  poll()
  expect(shown).toEqual([6])
  core.presence(nowMs, presence(5, 5, 4))
  later(250)
  poll()
  core.watched(nowMs, heads(5, 5, 4))
  poll()
  expect(resets).toEqual([5])
})

test('what it begins behind is committed, whatever it has heard before', () => {
  core = new WatcherCore(null, () => 0)
  follow(8, 4)
  core.begin(6)
  poll()
  core.page(nowMs, 1, { epoch: 1, events: recorded(7, 8), nextAfterSeq: null })
  core.presence(nowMs, presence(8, 7, 2))
  later(250)
  poll()
  core.watched(nowMs, heads(8, 7, 2))
  poll()
  expect(resets).toEqual([6])
})
