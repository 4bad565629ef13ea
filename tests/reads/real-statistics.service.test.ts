import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionStats } from '../../protocol/http/index.js'
import { metricsOf } from '../../replay/analysis/index.js'
import { noRecordings, RECORDINGS_DIR } from '../../scripts/simulate/test-support/recordings.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { naiveStatistics } from '../support/naive-statistics.js'
import { partOfInterview } from '../support/part-of-interview.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession } from '../support/recorded-session.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const TIMEOUT_MS = 300_000
/** Of the interview; TEST_WHOLE=1: all of it. */
const PART = process.env.TEST_WHOLE === '1' ? 1 : 0.25
const where = noRecordings ? ` (skipped: no recordings in ${RECORDINGS_DIR})` : ''

let world: World
let server: ProductProcess
beforeAll(async () => {
  if (noRecordings) return
  world = await makeWorld({ env: { CLOSE_GRACE_MS: '0', RETAIN_LAST_EVENTS: '0' } })
  server = await world.startServer()
})
afterAll(() => world?.[Symbol.asyncDispose]())

describe.skipIf(noRecordings)(`the interview woven from real recordings${where}`, () => {
  test('[R12] its statistics are what plain loops say, live, closed, archived and purged', {
    timeout: TIMEOUT_MS,
  }, async () => {
    // Nothing is removed before this worker is stopped: rows stay a day.
    const keeping = await world.startWorker({ RETAIN_ROWS_MS: '86400000' })
    const { events, durationMs } = partOfInterview(weaveInterview(RECORDINGS_DIR), PART)
    const startMs = Date.now() - durationMs
    const timed = events.map(({ offsetMs, ...event }) => ({ ...event, timestamp: startMs + offsetMs }))
    const session = await aRecordedSession(world, server)
    await session.send('tab', timed, 'committed')
    const recorded = await session.all()
    expect(recorded).toHaveLength(events.length)
    const statistics = () => session.get<SessionStats>('/stats')
    const live = await statistics()

    await session.close()
    const { startTime, endTime, status } = await session.details()
    const context = { sessionId: session.id, status, startMs: startTime, endMs: endTime, ratings: new Map() }
    const naive = naiveStatistics(recorded, context)
    const closed = await statistics()
    const numbers = metricsOf(closed)
    expect(Object.keys(numbers).sort()).toEqual(Object.keys(naive.numbers).sort())
    for (const [name, value] of Object.entries(naive.numbers))
      expect(numbers[name], name).toBeCloseTo(value, 6)
    expect(closed.fileChanges.mostEditedFiles).toEqual(naive.mostEditedFiles)
    expect({ ...live, status: closed.status, duration: closed.duration }).toEqual(closed)

    await session.archived()
    expect(await statistics()).toEqual(closed)

    await keeping.stop()
    await world.startWorker({ RETAIN_ROWS_MS: '0', RETENTION_EVERY_MS: '1000', SWEEP_EVERY_MS: '1000' })
    await waitFor(
      'the rows to be gone',
      async () => {
        const [rows] = await world.sql<{ count: number }[]>`
        select count(*)::int from session_events where session_id = ${session.id}`
        return rows?.count === 0
      },
      120_000,
    )
    expect(await statistics()).toEqual(closed)
    expect(await session.get('/stats?recompute=true')).toEqual(closed)
    expect(await session.all()).toEqual(recorded)
  })
})
