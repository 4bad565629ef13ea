import { afterEach, expect, test, vi } from 'vitest'
import type { RecordedEvent } from '../../../protocol/events.js'
import type { Presence } from '../../../protocol/socket-events.js'
import {
  JoinedReplayer,
  MemoryReplayer,
  type Replayer,
  type SessionKeyframe,
  SessionKeyframeMaker,
} from '../../../replay/index.js'
import type { ConsoleApi, SessionDetails } from '../data/api.js'
import { type FeedDeps, SessionFeed } from './session-feed.js'

const T = 1_700_000_000_000
const event = (seq: number, more: Partial<RecordedEvent> = {}): RecordedEvent => ({
  seq,
  type: 'ai_interaction',
  timestamp: T + seq * 1000,
  data: { role: 'user', content: `turn ${seq}` },
  fileId: null,
  checkpoint: true,
  source: 1,
  sourceSeq: seq,
  ...more,
})
const presence = (headSeq: number): Presence => ({
  sessionId: 's',
  epoch: 1,
  headSeq,
  committedSeq: headSeq,
  candidate: 'online',
  lastEventAtMs: T,
  watchers: 1,
})

type WatchOptions = Parameters<FeedDeps['watch']>[0]

/** A feed whose service and clock the test plays. */
function feedOf(
  row: Partial<SessionDetails> | Error,
  openRecording: FeedDeps['openRecording'] = () => Promise.reject(new Error('no recording')),
) {
  const replayer = new JoinedReplayer()
  const service = {
    row,
    nowMs: T,
    stopped: false,
    watched: null as WatchOptions | null,
    recordings: [] as Replayer[],
  }
  const api = {
    async session() {
      if (service.row instanceof Error) throw service.row
      return { id: 's', eventCount: 0, ...service.row } as SessionDetails
    },
    annotations: async () => [],
    annotate: async () => {},
    rate: async () => {},
  } as unknown as ConsoleApi
  const watch = ((options: WatchOptions) => {
    service.watched = options
    const stop = () => {
      service.stopped = true
    }
    return { stop, status: 'watching' }
  }) as unknown as FeedDeps['watch']
  const clock = { nowMs: () => service.nowMs }
  const onRecording = (recording: Replayer) => void service.recordings.push(recording)
  const feed = new SessionFeed({
    api,
    url: '',
    token: '',
    sessionId: 's',
    replayer,
    clock,
    watch,
    openRecording,
    onRecording,
  })
  return { feed, service, replayer }
}

const refused = (code: string): Error => Object.assign(new Error(code), { code })

afterEach(() => {
  vi.useRealTimers()
})

test('a closed session is opened as a recording and is over then', async () => {
  const recorded = new MemoryReplayer()
  recorded.insert([event(1), event(2), event(3)])
  const { feed, service } = feedOf({ status: 'COMPLETED', eventCount: 3 }, async () => recorded)
  await feed.start()
  expect(feed.current()).toMatchObject({ appliedSeq: 3, connection: 'over', failure: null })
  expect(service.recordings).toEqual([recorded])
  expect(service.watched).toBeNull()
  // As after the archive was written anew under the reader.
  await feed.open()
  expect(service.recordings).toHaveLength(2)
})

test('a recording that can’t be opened is a failure', async () => {
  const { feed, service } = feedOf({ status: 'COMPLETED' }, () =>
    Promise.reject(refused('ARCHIVE_UNREADABLE')),
  )
  await feed.start()
  expect(feed.current().failure?.code).toBe('ARCHIVE_UNREADABLE')
  expect(service.recordings).toEqual([])
})

test('after a failure it is begun anew, and what was refused then is there', async () => {
  const { feed, service } = feedOf(refused('UNREACHABLE'))
  await feed.start()
  expect(feed.current().failure?.code).toBe('UNREACHABLE')
  service.row = { status: 'ACTIVE' }
  await feed.retry()
  const { onEvents, onStatus } = service.watched as WatchOptions
  expect(feed.current()).toMatchObject({ failure: null, details: { status: 'ACTIVE' } })
  onEvents([event(1)])
  onStatus?.({ state: 'refused', error: { code: 'TRY_LATER', message: 'later' } } as never)
  expect(feed.current().failure?.code).toBe('TRY_LATER')
  await feed.retry()
  expect(feed.current()).toMatchObject({ failure: null, appliedSeq: 0 })
  service.watched?.onEvents([event(1), event(2)])
  expect(feed.current().appliedSeq).toBe(2)
  feed.stop()
})

/** Of the first four events. */
function aKeyframe(events: readonly RecordedEvent[]): SessionKeyframe {
  const maker = new SessionKeyframeMaker(null, T + 4000, { graceMs: 0, maxWaiting: 1, maxWaitingChars: 9 })
  for (const each of events) maker.add(each)
  return maker.keyframe(4) as SessionKeyframe
}

test('what is thrown while it begins with a keyframe does not leave it waiting for a history that comes as events', async () => {
  const { feed, service, replayer } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { begin, onEvents } = service.watched as WatchOptions
  const events = [1, 2, 3, 4].map((seq) => event(seq))
  const unsubscribe = feed.subscribe(() => {
    throw new Error('of the page')
  })
  expect(() => begin?.onKeyframe(aKeyframe(events))).toThrow('of the page')
  unsubscribe()
  onEvents([...events, event(5)])
  expect(feed.current()).toMatchObject({ appliedSeq: 5, historyLeft: 0 })
  expect(replayer.stateAt(T + 2000)).toMatchObject({ eventCount: 2 })
  expect(replayer.stateAt(T + 9000)).toMatchObject({ eventCount: 5 })
  feed.stop()
})

test('it begins with a keyframe, and a closed session is watched until its history is here too', async () => {
  vi.useFakeTimers()
  const { feed, service, replayer } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { begin, onEvents } = service.watched as WatchOptions
  const events = [1, 2, 3, 4].map((seq) => event(seq))
  const keyframe = aKeyframe(events)
  expect(begin?.onKeyframe({ ...keyframe, version: 0 })).toBe(false)
  expect(feed.current().appliedSeq).toBe(0)
  expect(begin?.onKeyframe(keyframe)).toBe(true)
  expect(feed.current()).toMatchObject({ appliedSeq: 4, historyLeft: 4 })
  onEvents([event(5)])
  expect(replayer.stateAt(T + 9000)).toMatchObject({ eventCount: 5 })
  service.row = { status: 'COMPLETED', eventCount: 5 }
  await vi.advanceTimersByTimeAsync(5000)
  expect(feed.current()).toMatchObject({ details: { status: 'COMPLETED' }, connection: 'connecting' })
  begin?.onHistory(events)
  expect(feed.current()).toMatchObject({ historyLeft: 0, appliedSeq: 5, connection: 'over' })
  expect(service.stopped).toBe(true)
})

test('a first connection that is tried in vain is told from one that is on its way', async () => {
  const { feed, service } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { onStatus } = service.watched as WatchOptions
  expect(feed.current().connection).toBe('connecting')
  onStatus?.({ state: 'connecting', error: { code: 'UNREACHABLE', message: 'away' } } as never)
  expect(feed.current()).toMatchObject({ connection: 'unanswered', failure: null })
  onStatus?.({ state: 'catching-up', error: { code: 'UNREACHABLE', message: 'away' } } as never)
  expect(feed.current().connection).toBe('connected')
  feed.stop()
})

test('who left before the recording was open gets none of it', async () => {
  let isClosed = false
  const recorded = new MemoryReplayer()
  recorded.close = () => {
    isClosed = true
  }
  const { feed, service } = feedOf({ status: 'COMPLETED' }, async () => {
    feed.stop()
    return recorded
  })
  await feed.start()
  expect(service.recordings).toEqual([])
  expect(isClosed).toBe(true)
})

test('history is not late; what comes after it is measured, what an outbox brings from the past is not', async () => {
  const { feed, service } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { onEvents, onPresence, onStatus } = service.watched as WatchOptions
  onStatus?.({ state: 'watching', epoch: 1, lastSeq: 0, headSeq: 2, committedSeq: 0 })
  onPresence?.(presence(2))
  service.nowMs = T + 60_000
  onEvents([event(1), event(2)])
  expect(feed.current()).toMatchObject({ appliedSeq: 2, latency: null, connection: 'connected' })
  onEvents([event(3, { timestamp: T + 59_600 })])
  expect(feed.current().latency).toEqual({ ms: 400, atMs: T + 60_000 })
  onEvents([event(4, { timestamp: T + 10 })])
  expect(feed.current().latency?.ms).toBe(400)
  feed.stop()
})

test('a watcher that is refused for good is a failure, one that reconnects is none', async () => {
  const { feed, service } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const tell = (status: object) => service.watched?.onStatus?.({ lastSeq: 0, headSeq: 0, ...status } as never)
  tell({ state: 'watching' })
  tell({ state: 'reconnecting', error: { code: 'UNREACHABLE', message: 'gone' } })
  expect(feed.current()).toMatchObject({ connection: 'reconnecting', failure: null })
  tell({ state: 'catching-up' })
  expect(feed.current()).toMatchObject({ connection: 'connected', silentSinceMs: null })
  tell({ state: 'refused', error: { code: 'TOKEN_EXPIRED', message: 'over' } })
  expect(feed.current().failure).toEqual({ code: 'TOKEN_EXPIRED', message: 'over' })
})

test('no news is since the last word, not since it was noticed that the connection is lost', async () => {
  vi.useFakeTimers()
  const { feed, service } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { onEvents, onPresence, onStatus } = service.watched as WatchOptions
  onPresence?.(presence(0))
  onStatus?.({ state: 'watching' } as never)
  await vi.advanceTimersByTimeAsync(3000)
  onEvents([event(1)])
  const heardAtMs = Date.now()
  await vi.advanceTimersByTimeAsync(20_000)
  onStatus?.({ state: 'reconnecting' } as never)
  expect(feed.current().silentSinceMs).toBe(heardAtMs)
  feed.stop()
})

test('a batch is taken without an overview of all that is here', async () => {
  const { feed, service, replayer } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { onEvents, onPresence } = service.watched as WatchOptions
  let built = 0
  const { overview } = replayer
  const get = () => {
    built += 1
    return overview
  }
  Object.defineProperty(replayer, 'overview', { get })
  onPresence?.(presence(0))
  for (let seq = 1; seq <= 100; seq++) onEvents([event(seq, { timestamp: T + 1000 * (seq % 2) })])
  expect(built).toBe(0)
  expect(feed.current().appliedSeq).toBe(100)
  feed.stop()
})

test('a new epoch takes back what was not committed', async () => {
  const { feed, service, replayer } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { onEvents, onReset } = service.watched as WatchOptions
  onEvents([event(1), event(2)])
  onReset?.(1)
  expect(feed.current().appliedSeq).toBe(1)
  expect(replayer.overview.marks.map(({ seq }) => seq)).toEqual([1])
  feed.stop()
})

test('a session that is closed while it is watched ends the watching once all of it is here', async () => {
  vi.useFakeTimers()
  const { feed, service } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  const { onEvents } = service.watched as WatchOptions
  onEvents([event(1)])
  service.row = { status: 'COMPLETED', eventCount: 2 }
  await vi.advanceTimersByTimeAsync(5000)
  expect(feed.current()).toMatchObject({ details: { status: 'COMPLETED' }, connection: 'connecting' })
  expect(service.stopped).toBe(false)
  onEvents([event(2)])
  expect(feed.current().connection).toBe('over')
  expect(service.stopped).toBe(true)
})

test.each(['opened when it is closed', 'closed while it is watched'])(
  'an archive that is pending is looked after until it is there: %s',
  async (how) => {
    vi.useFakeTimers()
    const closed = { status: 'COMPLETED', eventCount: 1, archive: 'pending' } as const
    const { feed, service } = feedOf(
      how.startsWith('opened') ? closed : { status: 'ACTIVE' },
      async () => new MemoryReplayer(),
    )
    await feed.start()
    if (!how.startsWith('opened')) {
      service.row = closed
      service.watched?.onEvents([event(1)])
      await vi.advanceTimersByTimeAsync(5000)
    }
    expect(feed.current()).toMatchObject({ connection: 'over', details: { archive: 'pending' } })
    // What can't be read meanwhile takes nothing away.
    service.row = refused('RATE_LIMITED')
    await vi.advanceTimersByTimeAsync(5000)
    service.row = { ...closed, archive: 'verified' }
    await vi.advanceTimersByTimeAsync(10_000)
    expect(feed.current()).toMatchObject({ failure: null, details: { archive: 'verified' } })
    expect(vi.getTimerCount()).toBe(0)
  },
)

test('an archive that does not come is not looked after for ever', async () => {
  vi.useFakeTimers()
  const { feed } = feedOf({ status: 'COMPLETED', archive: 'failed' }, async () => new MemoryReplayer())
  await feed.start()
  await vi.advanceTimersByTimeAsync(20 * 60_000)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(20 * 60_000)
  expect(vi.getTimerCount()).toBe(0)
})

test('a session that is not there is a failure, a short absence of the service is none', async () => {
  vi.useFakeTimers()
  const missing = feedOf(refused('SESSION_NOT_FOUND'))
  await missing.feed.start()
  expect(missing.feed.current().failure?.code).toBe('SESSION_NOT_FOUND')

  const { feed, service } = feedOf({ status: 'ACTIVE' })
  await feed.start()
  service.row = refused('UNREACHABLE')
  await vi.advanceTimersByTimeAsync(5000)
  for (const code of ['TRY_LATER', 'RATE_LIMITED']) {
    service.row = refused(code)
    await vi.advanceTimersByTimeAsync(5000)
  }
  expect(feed.current().failure).toBeNull()
  service.row = refused('TOKEN_EXPIRED')
  await vi.advanceTimersByTimeAsync(5000)
  expect(feed.current().failure?.code).toBe('TOKEN_EXPIRED')
  feed.stop()
})
