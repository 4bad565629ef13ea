import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LobbyOptions } from '../../../../client-sdk/src/index.js'
import type { SessionPreview, SessionSummary } from '../../../../protocol/socket-events.js'
import { LiveSessions } from './live-sessions.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const summary = (more: Partial<SessionSummary> = {}) =>
  ({ id: 'a', status: 'ACTIVE', eventCount: 1, candidate: 'online', facts: null, ...more }) as SessionSummary

function open() {
  let lobby: LobbyOptions | undefined
  const asked: (readonly string[])[] = []
  const live = new LiveSessions({
    url: 'http://x',
    token: 't',
    nowMs: Date.now,
    onRefused: () => {},
    openLobby: (options) => {
      lobby = options
      return { status: { state: 'connecting' }, preview: (ids) => void asked.push(ids), stop: () => {} }
    },
  })
  let changes = 0
  live.subscribe(() => void changes++)
  return { live, lobby: lobby as LobbyOptions, asked, changes: () => changes }
}

test('however many pushes come, the cards change once a second', () => {
  const { live, lobby, changes } = open()
  lobby.onSessions([summary()])
  expect(live.current().sessions).toHaveLength(1)
  const before = changes()
  for (let i = 0; i < 50; i++) {
    vi.advanceTimersByTime(100)
    lobby.onSessions([summary({ eventCount: i })])
    lobby.onPreviews?.([{ sessionId: 'a', seq: i } as SessionPreview])
  }
  expect(changes() - before).toBe(5)
  // The last word is shown too.
  vi.advanceTimersByTime(1000)
  expect(live.current().sessions?.[0]).toMatchObject({ summary: { eventCount: 49 }, preview: { seq: 49 } })
})

test('since when a session is offline is known of those that went while the page was open', () => {
  const { live, lobby } = open()
  lobby.onSessions([summary({ id: 'gone', candidate: 'offline' }), summary()])
  vi.advanceTimersByTime(2000)
  lobby.onSessions([summary({ id: 'gone', candidate: 'offline' }), summary({ candidate: 'offline' })])
  const wentAtMs = Date.now()
  vi.advanceTimersByTime(5000)
  const since = () => live.current().sessions?.map(({ seen }) => seen.offlineSinceMs)
  expect(since()).toEqual([null, wentAtMs])
  lobby.onSessions([summary({ id: 'gone' }), summary()])
  vi.advanceTimersByTime(2000)
  expect(since()).toEqual([null, null])
})

test('signals that were there when the page was opened are no news, those that come are', () => {
  const { live, lobby } = open()
  const facts = (longPastes: number) =>
    ({ longPastes, secondTabs: 0, tabAwayCount: 0 }) as SessionSummary['facts']
  const until = () => live.current().sessions?.[0]?.seen.signalsUntilMs
  lobby.onSessions([summary()])
  lobby.onSessions([summary({ facts: facts(3) })])
  vi.advanceTimersByTime(2000)
  expect(until()).toBeNull()
  lobby.onSessions([summary({ facts: facts(4) })])
  const newsAtMs = Date.now()
  vi.advanceTimersByTime(2000)
  expect(until()).toBeGreaterThan(newsAtMs)
})

test('what is in view is asked for once it stands still, and what left is forgotten', () => {
  const { live, lobby, asked } = open()
  lobby.onSessions([summary(), summary({ id: 'b' })])
  live.show(['a'])
  live.show(['a', 'b'])
  vi.advanceTimersByTime(200)
  live.show(['b', 'a'])
  vi.advanceTimersByTime(200)
  expect(asked).toEqual([['a', 'b']])
  lobby.onPreviews?.([{ sessionId: 'a', seq: 1 } as SessionPreview])
  lobby.onSessions([summary({ id: 'b' })])
  lobby.onSessions([summary(), summary({ id: 'b' })])
  vi.advanceTimersByTime(2000)
  expect(live.current().sessions?.map(({ preview }) => preview)).toEqual([null, null])
  live.stop()
})

test('what the service counted is taken once, about the moment when it came', () => {
  const { live, lobby } = open()
  const session = summary({ recent: [4, 5] })
  lobby.onSessions([session])
  vi.advanceTimersByTime(60_000)
  lobby.onSessions([session])
  const bins = live.activity.of('a', Date.now())
  expect(bins.filter((count) => (count ?? 0) > 0)).toEqual([4, 5])
})

test('a service that has not answered once is told from one that is asked', () => {
  const { live, lobby } = open()
  expect(live.current().isUnanswered).toBe(false)
  lobby.onStatus?.({ state: 'connecting', error: { code: 'UNREACHABLE', message: 'away' } })
  expect(live.current()).toMatchObject({ isUnanswered: true, sessions: null })
  lobby.onStatus?.({ state: 'connected' })
  lobby.onSessions([])
  expect(live.current()).toMatchObject({ isUnanswered: false, sessions: [] })
  // What was shown before is old, and not missing.
  lobby.onStatus?.({ state: 'reconnecting', error: { code: 'UNREACHABLE', message: 'away' } })
  expect(live.current()).toMatchObject({ isUnanswered: false, state: 'reconnecting' })
})

describe('while the connection is lost', () => {
  /** Two interviews, of which one is offline; cut off twelve seconds after the last word. */
  const cut = () => {
    const opened = open()
    const { lobby } = opened
    lobby.onStatus?.({ state: 'connected' })
    lobby.onSessions([summary(), summary({ id: 'b' })])
    vi.advanceTimersByTime(2000)
    lobby.onSessions([summary({ eventCount: 5 }), summary({ id: 'b', candidate: 'offline' })])
    const heardAtMs = Date.now()
    vi.advanceTimersByTime(12_000)
    lobby.onStatus?.({ state: 'reconnecting', error: { code: 'UNREACHABLE', message: 'away' } })
    return { ...opened, heardAtMs }
  }
  const back = ({ lobby }: ReturnType<typeof open>, ...sessions: SessionSummary[]) => {
    lobby.onStatus?.({ state: 'connected' })
    lobby.onSessions(sessions)
  }

  test('time alone makes no session need a look', () => {
    const opened = cut()
    const { live, heardAtMs, changes } = opened
    expect(live.current()).toMatchObject({ state: 'reconnecting', atMs: heardAtMs })
    const before = changes()
    vi.advanceTimersByTime(5 * 60_000)
    expect(live.current().atMs).toBe(heardAtMs)
    expect(changes()).toBe(before)
    // Connected again, what is known is old until it is told anew; then all of it is new at once.
    opened.lobby.onStatus?.({ state: 'connected' })
    expect(live.current().atMs).toBe(heardAtMs)
    opened.lobby.onSessions([summary({ eventCount: 50 })])
    expect(live.current()).toMatchObject({ atMs: Date.now(), sessions: [{ summary: { eventCount: 50 } }] })
    vi.advanceTimersByTime(10_000)
    expect(Date.now() - live.current().atMs).toBeLessThan(2000)
  })

  test('since when a candidate is gone, who left meanwhile or may have been back, nobody knows', () => {
    const opened = cut()
    vi.advanceTimersByTime(60_000)
    const offline = [summary({ candidate: 'offline' }), summary({ id: 'b', candidate: 'offline' })]
    back(opened, ...offline)
    const since = () => opened.live.current().sessions?.map(({ seen }) => seen.offlineSinceMs)
    expect(since()).toEqual([null, null])
    vi.advanceTimersByTime(2000)
    opened.lobby.onSessions(offline)
    vi.advanceTimersByTime(2000)
    expect(since()).toEqual([null, null])
  })

  test('how busy it was is unknown', () => {
    const opened = cut()
    vi.advanceTimersByTime(60_000)
    back(opened, summary({ eventCount: 500 }))
    const bins = opened.live.activity.of('a', Date.now())
    expect(bins.slice(-6, -1)).toEqual([null, null, null, null, null])
    expect(bins.at(-1)).toBe(0)
  })
})
