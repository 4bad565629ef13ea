import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openArchive } from '../../db/archive/open-archive.js'
import { openRecording } from '../../db/archive/read-recording.js'
import { Recordings } from '../../db/archive/recordings.js'
import type { Stores } from '../../db/read-events.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import {
  ANALYSIS_VERSION,
  createAnalysis,
  createSeries,
  type StatsContext,
} from '../../replay/analysis/index.js'
import { analyseOutdated } from '../../workers/archive/analyse-outdated.js'
import { type ArchiveContext, archiveSession } from '../../workers/archive/archive-session.js'
import { openPath, type Path, type PathSession } from '../support/path-stores.js'
import { testSigning } from '../support/signing.js'
import { openTestDatabase, START_MS, type TestEvent } from '../support/stores.js'

let path: Path
let stores: Stores
let archiving: ArchiveContext
const failures: unknown[] = []
beforeAll(async () => {
  path = await openPath()
  const archive = openArchive(path.world.archiveUrl)
  stores = { db: path.db, buffer: path.buffer, recordings: new Recordings(archive) }
  archiving = {
    signer: testSigning().signer,
    db: path.db,
    archive,
    stores,
    onAnalysisFailed: (error) => failures.push(error),
    onKeyframesFailed: (error) => failures.push(error),
  }
})
afterEach(() => {
  path.reset()
  failures.length = 0
})
afterAll(() => path.close())

const work: TestEvent[] = Array.from({ length: 60 }, (_, i) => ({
  type: i % 3 === 0 ? 'terminal_input' : 'code_edit',
  fileId: i % 3 === 0 ? null : 'a.ts',
  data: i % 3 === 0 ? { command: `git add ${i}` } : { changes: [[0, 0, 'x']], origin: 'typed' },
  timestampMs: START_MS + i * 1000,
}))

async function closedSession(): Promise<PathSession> {
  const session = await path.aSession()
  await session.append(1, 1, work)
  await session.flush()
  await session.close()
  await session.flush()
  return session
}

const archivedStats = async ({ sessionId }: PathSession) => {
  const reader = await openRecording(archiving.archive, recordingPrefix(sessionId))
  return reader.metadata.stats
}
const storedOf = async ({ sessionId }: PathSession) => {
  const [row] = await path.world.sql<{ version: number; seq: number; total: number }[]>`
    select version, through_seq::int as seq, (metrics->>'totalEvents')::int as total
    from session_analyses where session_id = ${sessionId}`
  return row ?? null
}

/** What the archive should say, computed from all events at once. */
async function naive(session: PathSession) {
  const { events } = await session.read()
  const row = await session.row()
  const analysis = createAnalysis()
  analysis.add(events)
  const series = createSeries()
  series.add(events)
  const context: StatsContext = {
    sessionId: row.id,
    status: row.status,
    startMs: row.startTime.getTime(),
    endMs: row.endTime?.getTime() ?? null,
    ratings: new Map(),
  }
  const stats = analysis.stats(context)
  const { firstMs, lastMs, durationMs, density, idleGaps } = analysis.timeline({ buckets: 200 })
  const byType: Record<string, number> = {}
  for (const { type } of events) byType[type] = (byType[type] ?? 0) + 1
  const timeline = { firstMs, lastMs, durationMs, density, idleGaps }
  return {
    ...stats,
    timeline,
    series: series.series(context),
    eventCount: events.length,
    eventsByType: byType,
  }
}

test('an archive has the statistics of its events, and they are stored for comparison', async () => {
  const session = await closedSession()
  await archiveSession(archiving, session.sessionId)
  expect(await archivedStats(session)).toEqual(await naive(session))
  expect(await storedOf(session)).toEqual({ version: ANALYSIS_VERSION, seq: 60, total: 60 })
  expect(failures).toEqual([])
})

test('[R12] late events are in the statistics of the next generation', async () => {
  const session = await closedSession()
  await archiveSession(archiving, session.sessionId)
  await session.append(1, 61, [
    { type: 'terminal_input', data: { command: 'ls' }, timestampMs: START_MS + 59_500 },
  ])
  await session.flush()
  expect((await session.row()).archiveGeneration).toBe(2)
  await archiveSession(archiving, session.sessionId)
  const stats = await archivedStats(session)
  expect(stats).toEqual(await naive(session))
  expect(stats).toMatchObject({ totalEvents: 61, eventCount: 61, recording: { lateEvents: 1 } })
  expect(await storedOf(session)).toMatchObject({ seq: 61, total: 61 })
})

test('[I7] statistics that can not be computed do not stand in the way of the archive', async () => {
  const session = await closedSession()
  const gone = openTestDatabase(path.world.databaseUrl)
  await gone.close()
  await archiveSession({ ...archiving, stores: { ...stores, db: gone } }, session.sessionId)
  expect(failures).toHaveLength(1)
  expect((await session.row()).archiveState).toBe('verified')
  const { eventCount, eventsByType } = await naive(session)
  expect(await archivedStats(session)).toEqual({ eventCount, eventsByType })
  expect(await storedOf(session)).toBeNull()

  // The sweep makes up for it.
  await analyseOutdated(archiving)
  expect(await storedOf(session)).toEqual({ version: ANALYSIS_VERSION, seq: 60, total: 60 })
})

test('what an older version computed is computed again by the sweep, wherever the events are', async () => {
  const session = await closedSession()
  const { sessionId } = session
  const { sql } = path.world
  await archiveSession(archiving, sessionId)
  await sql`update session_analyses set version = ${ANALYSIS_VERSION - 1}, metrics = '{}' where session_id = ${sessionId}`
  await sql`update session_recordings set purged_through_seq = event_count where id = ${sessionId}`
  await sql`delete from session_events where session_id = ${sessionId}`
  await analyseOutdated(archiving)
  expect(await storedOf(session)).toEqual({ version: ANALYSIS_VERSION, seq: 60, total: 60 })
  expect(failures).toEqual([])
})
