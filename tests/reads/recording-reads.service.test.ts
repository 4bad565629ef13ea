import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import type { SegmentEventsView, SessionStats, SessionTimeline } from '../../protocol/http/index.js'
import { createAnalysis } from '../../replay/analysis/index.js'
import { createReplayEngine } from '../../replay/index.js'
import { noRecordings, RECORDINGS_DIR } from '../../scripts/simulate/test-support/recordings.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { stateView } from '../../server/http/state-view.js'
import { partOfInterview } from '../support/part-of-interview.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  // Nothing is flushed before it is asked for: what is not committed stays in the buffer.
  world = await makeWorld({ env: { FLUSH_DUE_MS: '600000', FLUSH_DUE_EVENTS: '100000' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

const START_MS = Date.now() - 3_600_000
/** A woven interview has tens of thousands of events. */
const WOVEN_TIMEOUT_MS = 180_000
const json = (value: unknown) => JSON.parse(JSON.stringify(value))

/** Typing, a save now and then, a shell, tests and a chat, one event a second. */
const work = (from: number, count: number): object[] =>
  Array.from({ length: count }, (_, i) => from + i).map((n) => {
    const timestamp = START_MS + n * 1000
    if (n % 50 === 10)
      return {
        type: 'code_snapshot',
        timestamp,
        fileId: 'a.ts',
        data: { fileName: 'a.ts', content: `// ${n}\n` },
      }
    if (n % 50 === 20) return { type: 'terminal_input', timestamp, data: { command: `npm test ${n % 3}` } }
    if (n % 50 === 21)
      return { type: 'terminal_output', timestamp, data: { output: `${n}\u0000\ud83d\n`, exitCode: n % 2 } }
    if (n % 50 === 30)
      return { type: 'test_result', timestamp, data: { testName: 'adds', passed: n % 100 === 30 } }
    if (n % 50 === 40)
      return { type: 'ai_interaction', timestamp, data: { role: 'user', content: 'why?', promptQuality: 2 } }
    if (n % 50 === 45) return { type: 'paste', timestamp, data: { lengthChars: n } }
    return {
      type: 'code_edit',
      timestamp,
      fileId: 'a.ts',
      data: { changes: [[0, 0, `${n % 10}`]], origin: 'typed' },
    }
  })

interface Reads {
  stats: SessionStats
  timeline: SessionTimeline
  segments: SegmentEventsView[]
  states: unknown[]
}

async function readsOf(session: RecordedSession, momentsMs: readonly (number | undefined)[]): Promise<Reads> {
  const timeline = await session.get<SessionTimeline>('/timeline?buckets=50')
  const segments: SegmentEventsView[] = []
  for (const { n } of timeline.segments) segments.push(await session.get(`/segments/${n}`))
  const states: unknown[] = []
  for (const atMs of momentsMs)
    states.push(await session.get(`/state${atMs === undefined ? '' : `?atMs=${atMs}`}`))
  return { stats: await session.get('/stats'), timeline, segments, states }
}

/** The same from all events at once. */
async function naive(
  session: RecordedSession,
  events: readonly RecordedEvent[],
  momentsMs: readonly (number | undefined)[],
): Promise<Omit<Reads, 'segments'>> {
  const { status, startTime, endTime } = await session.details()
  const analysis = createAnalysis()
  analysis.add(events)
  const engine = createReplayEngine()
  engine.insert(events)
  return json({
    stats: analysis.stats({
      sessionId: session.id,
      status,
      startMs: startTime,
      endMs: endTime,
      ratings: new Map(),
    }),
    timeline: analysis.timeline({ buckets: 50 }),
    states: momentsMs.map((atMs) => stateView(engine.stateAt(atMs))),
  })
}

/** For what is large: `toEqual` takes many times as long, and is asked only to say what differs. */
function expectSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected)
}

async function expectReads(
  session: RecordedSession,
  momentsMs: readonly (number | undefined)[],
): Promise<Reads> {
  const reads = await readsOf(session, momentsMs)
  const events = await session.all()
  const { segments, ...others } = reads
  expectSame(others, await naive(session, events, momentsMs))
  // The segments are the whole recording, each event once.
  expectSame(
    segments.flatMap((segment) => segment.events),
    events,
  )
  expect(reads.timeline.segments.map(({ n, firstSeq, lastSeq }) => ({ n, firstSeq, lastSeq }))).toEqual(
    segments.map(({ events: _, ...place }) => place),
  )
  return reads
}

describe('one recording, wherever it is kept', () => {
  const moments = [
    undefined,
    START_MS - 1,
    START_MS,
    START_MS + 600_500,
    START_MS + 2_000_000,
    START_MS + 1e9,
  ]

  test('[R12] live, closed, archived and purged sessions are read the same', async () => {
    const session = await aRecordedSession(world, server)
    await session.send('tab', work(0, 2500), 'committed')
    // What another tab held back arrives late, and then the first goes on; both are in the buffer alone.
    await session.send('other-tab', work(300, 200))
    await session.send('tab', work(2500, 150))
    expect((await session.details()).eventCount).toBe(2500)
    const live = await expectReads(session, moments)
    expect(live.stats).toMatchObject({ throughSeq: 2850, totalEvents: 2850 })

    await session.close()
    const closed = await expectReads(session, moments)
    const { stats, ...others } = closed
    const { stats: liveStats, ...liveOthers } = live
    expect(others).toEqual(liveOthers)
    // The session has an end now; nothing else has changed.
    expect({ ...stats, status: 0, duration: 0 }).toEqual({ ...liveStats, status: 0, duration: 0 })

    await session.archived()
    expect(await expectReads(session, moments)).toEqual(closed)
    await session.purge()
    expect(await expectReads(session, moments)).toEqual(closed)
    // Also with nothing stored to go on from.
    expect(await session.get('/stats?recompute=true')).toEqual(closed.stats)
  })

  test.skipIf(noRecordings)(
    'a part of a woven real interview, at any moment',
    { timeout: WOVEN_TIMEOUT_MS },
    async () => {
      const { events, durationMs } = partOfInterview(weaveInterview(RECORDINGS_DIR), 0.15)
      const session = await aRecordedSession(world, server)
      const startMs = Date.now() - durationMs
      const timed = events.map(({ offsetMs, ...event }) => ({ ...event, timestamp: startMs + offsetMs }))
      await session.send('tab', timed, 'committed')
      const some = [0.01, 0.08, 0.14].map((part) => Math.round(startMs + part * durationMs))
      await expectReads(session, [...some, undefined])
    },
  )
})
