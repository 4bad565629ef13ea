import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import type { SessionOverviewView, SessionSeries } from '../../protocol/http/index.js'
import {
  createReplayEngine,
  openRecordingReplayer,
  overviewOf,
  type RecordingSource,
  type ReplayState,
} from '../../replay/index.js'
import { screenOf, stepsOf } from '../../replay/test-support/screen.js'
import { byTime } from '../../replay/timeline.js'
import { stateView } from '../../server/http/state-view.js'
import { archiveSource, serviceSource } from '../../web/src/data/recording-source.js'
import { folderFetch } from '../support/archive-fetch.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { makeWorld, type World } from '../support/world.js'

const START_MS = 1_700_000_000_000
const EVENTS = 3500

let world: World
let server: ProductProcess
let token: string
let session: RecordedSession
let events: RecordedEvent[]
let liveOverview: SessionOverviewView
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '100', CLOSE_GRACE_MS: '0', SWEEP_EVERY_MS: '200' } })
  server = await world.startServer()
  await world.startWorker()
  token = await world.token('service')
  session = await aRecordedSession(world, server)
  // The second source is sent last, though it happened at the same time [R2].
  await session.send('tab', eventsOf(0), 'committed')
  await session.send('backend', eventsOf(1), 'committed')
  events = await session.all()
  liveOverview = await session.get<SessionOverviewView>('/overview')
  await session.close()
  await session.archived()
  await session.purge()
})
afterAll(() => world[Symbol.asyncDispose]())

/** A source that types, prints, asks and tests, with more output than is kept as such. */
function eventsOf(source: number): object[] {
  return Array.from({ length: EVENTS }, (_, i) => {
    const timestamp = START_MS + i * 40 + source * 7
    if (i === 0) return { type: 'editor_open', timestamp, fileId: 'a.ts', data: { content: '' } }
    if (i % 500 === 1)
      return { type: 'ai_interaction', timestamp, data: { role: 'user', content: `How ${i}?` } }
    if (i % 500 === 2) return { type: 'test_run_start', timestamp, data: { testCount: 1 } }
    if (i % 500 === 3)
      return {
        type: 'test_result',
        timestamp,
        data: { testName: `t${i}`, passed: i % 1000 === 3, output: 'out\n' },
      }
    if (i % 7 === 0)
      return {
        type: 'terminal_stream',
        timestamp,
        data: { channel: 'o', data: `\u001b[3${i % 8}mline ${i} of ${source} ${'='.repeat(i % 60)}\r\n` },
      }
    return {
      type: 'code_edit',
      timestamp,
      fileId: 'a.ts',
      data: { changes: [[0, 0, String(i % 10)]], origin: 'typed' },
    }
  })
}

const MOMENTS = [0, 1, 1000, 40_000, 79_999, 80_000, 100_003, 139_960, 139_967, 900_000].map(
  (ms) => START_MS - 1 + ms,
)

function expectedAt(atMs: number): ReplayState {
  const engine = createReplayEngine()
  engine.insert(events)
  return engine.stateAt(atMs)
}

describe('a session that is archived, without its rows', () => {
  test('[R2] GET /state answers at any moment what playing from zero gives', async () => {
    for (const atMs of MOMENTS) {
      const expected = JSON.parse(JSON.stringify(stateView(expectedAt(atMs))))
      expect(await session.get(`/state?atMs=${atMs}`)).toEqual(expected)
    }
    const last = Math.max(...events.map((event) => event.timestamp))
    expect(await session.get('/state')).toEqual(JSON.parse(JSON.stringify(stateView(expectedAt(last)))))
  })

  test('its overview is that of its events, as it was when it was live, and names its keyframes', async () => {
    const view = await session.get<SessionOverviewView>('/overview')
    expect(view.overview).toEqual(overviewOf([...events].sort(byTime)))
    expect(liveOverview).toMatchObject({ generation: null, overview: view.overview, keyframes: [] })
    expect(view.generation).toBe(1)
    expect(view.keyframes.flatMap((run) => run.places).length).toBeGreaterThanOrEqual(3)
  })

  test('its series are those that its archive has, and what is computed with other buckets says the same', async () => {
    const { stats } = await (await folderFetch(archiveUrl())(`${archiveUrl()}/metadata.json`)).json()
    const series = await session.get<SessionSeries>('/stats/series')
    expect(series.aiTurns.length).toBeGreaterThan(0)
    expect(series).toEqual(stats.series)
    const { code: _, ...others } = series
    expect(await session.get<SessionSeries>('/stats/series?buckets=7')).toMatchObject(others)
  })

  test('its keyframes are read whole and in ranges, and behind their end there are none', async () => {
    const keyframes = (range?: string) =>
      fetch(`${server.url}/v1/sessions/${session.id}/keyframes`, {
        headers: { authorization: `Bearer ${token}`, ...(range === undefined ? {} : { range }) },
      })
    const whole = new Uint8Array(await (await keyframes()).arrayBuffer())
    const part = await keyframes('bytes=10-19')
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${whole.length}`])
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(whole.slice(10, 20))
    expect((await keyframes(`bytes=${whole.length}-`)).status).toBe(404)
    expect((await keyframes('bytes=1-2,4-5')).status).toBe(400)
  })

  const sources: [string, () => RecordingSource][] = [
    ['the service', () => serviceSource({ url: server.url, token }, session.id)],
    ['the archive alone', () => archiveSource(archiveUrl(), { fetch: folderFetch(archiveUrl()) })],
    [
      'a host without byte ranges',
      () => archiveSource(archiveUrl(), { fetch: folderFetch(archiveUrl(), { takesRanges: false }) }),
    ],
  ]
  test.each(sources)('[R2] it plays from %s: any moment is as playing from zero', async (_, open) => {
    const replayer = await openRecordingReplayer(open())
    for (const atMs of [...MOMENTS, ...MOMENTS.toReversed()]) {
      expect(await replayer.ready(atMs)).toBe(true)
      const state = replayer.stateAt(atMs) as ReplayState
      const expected = expectedAt(atMs)
      expect(withoutOutput(state)).toEqual(withoutOutput(expected))
      expect(await screenOf(stepsOf(state))).toEqual(await screenOf(stepsOf(expected)))
    }
    replayer.close()
  })
})

const archiveUrl = () => `${world.archiveUrl.replace(/\/$/, '')}/sessions/${session.id}`

function withoutOutput(state: ReplayState): unknown {
  const { output: _, base: __, ...terminal } = state.terminal
  return { ...state, terminal }
}
