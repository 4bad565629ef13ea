import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  type AnalysisToStore,
  columnKey,
  forgetAnalysis,
  loadAnalysis,
  storeAnalysis,
  storeMetrics,
} from '../../db/analyses.js'
import { openArchive } from '../../db/archive/open-archive.js'
import { Recordings } from '../../db/archive/recordings.js'
import type { Stores } from '../../db/read-events.js'
import { questionKeyOf } from '../../protocol/question-key.js'
import { ANALYSIS_VERSION, createAnalysis } from '../../replay/analysis/index.js'
import { SessionAnalyses } from '../../server/analysis/session-analyses.js'
import { Turns } from '../../server/analysis/turns.js'
import { openPath, type Path, type PathSession } from '../support/path-stores.js'
import { anId, START_MS, type TestEvent } from '../support/stores.js'

let path: Path
let stores: Stores
let analyses: SessionAnalyses
beforeAll(async () => {
  path = await openPath()
  stores = {
    db: path.db,
    buffer: path.buffer,
    recordings: new Recordings(openArchive(path.world.archiveUrl)),
  }
  analyses = new SessionAnalyses(stores, new Turns(2))
})
afterEach(() => path.reset())
afterAll(() => path.close())

const commands = (count: number, word: string): TestEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'terminal_input',
    data: { command: `${word} ${i % 7}` },
    timestampMs: START_MS + i * 1000,
  }))

const storedOf = async ({ sessionId }: PathSession) => {
  const [row] = await path.world.sql<{ version: number; seq: number; metrics: Record<string, number> }[]>`
    select version, through_seq::int as seq, metrics from session_analyses where session_id = ${sessionId}`
  return row ?? null
}

/** From all events at once. */
async function naive(session: PathSession) {
  const analysis = createAnalysis()
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<PathSession['read']>> = await session.read(after)
    analysis.add(page.events)
    after = page.nextAfterSeq
  }
  const row = await session.row()
  return analysis.stats({
    sessionId: row.id,
    status: row.status,
    startMs: row.startTime.getTime(),
    endMs: row.endTime?.getTime() ?? null,
    ratings: new Map(),
  })
}

describe('what is computed of a session', () => {
  test('[R3] is stored as far as it is committed, and goes on from there when other events take the seqs', async () => {
    const session = await path.aSession()
    await session.append(1, 1, commands(1200, 'committed'))
    await session.flush()
    const putBack = await session.photograph()
    await session.append(1, 1201, commands(50, 'lost'))

    expect((await analyses.of(session.sessionId)).analysis.throughSeq).toBe(1250)
    expect(await storedOf(session)).toMatchObject({ version: ANALYSIS_VERSION, seq: 1200 })

    // Redis came back older, and what is sent next gets the seqs of what was lost.
    await putBack()
    await session.append(1, 1201, commands(20, 'other'))
    const { analysis, stats } = await analyses.of(session.sessionId)
    expect(analysis.throughSeq).toBe(1220)
    const found = await stats()
    expect(found).toEqual(await naive(session))
    expect(found.terminalActivity).toMatchObject({ totalCommands: 1220, uniqueCommands: 14 })
  })

  test('is not stored anew for a few events', async () => {
    const session = await path.aSession()
    await session.append(1, 1, commands(999, 'a'))
    await session.flush()
    await analyses.of(session.sessionId)
    expect(await storedOf(session)).toBeNull()
    await session.append(1, 1000, commands(1, 'b'))
    await session.flush()
    await analyses.of(session.sessionId)
    expect(await storedOf(session)).toMatchObject({ seq: 1000 })
  })

  test.each([
    ['an older version', ANALYSIS_VERSION - 1, ANALYSIS_VERSION],
    ['a newer version, which stays', ANALYSIS_VERSION + 1, ANALYSIS_VERSION + 1],
  ])('begins anew where the stored one is of %s', async (_, version, stays) => {
    const session = await path.aSession()
    await session.append(1, 1, commands(1500, 'a'))
    await session.flush()
    const other = { ...anAnalysis(session.sessionId), version, throughSeq: 700 }
    expect(await storeAnalysis(path.db, other)).toBe(true)
    const { stats } = await analyses.of(session.sessionId)
    expect(await stats()).toEqual(await naive(session))
    expect(await storedOf(session)).toMatchObject({ version: stays })
  })

  test('begins anew where that is asked for', async () => {
    const session = await path.aSession()
    await session.append(1, 1, commands(1500, 'a'))
    await session.flush()
    await analyses.of(session.sessionId)
    const wrong = { ...anAnalysis(session.sessionId), throughSeq: 1500, state: createAnalysis().save() }
    expect(await storeAnalysis(path.db, wrong)).toBe(true)
    const { stats } = await analyses.of(session.sessionId, true)
    expect(await stats()).toEqual(await naive(session))
    const again = await analyses.of(session.sessionId)
    expect(await again.stats()).toEqual(await naive(session))
  })

  test('is shared by those who ask at the same time, and each sees what was there when he asked', async () => {
    const session = await path.aSession()
    await session.append(1, 1, commands(1500, 'a'))
    await session.flush()
    const first = analyses.of(session.sessionId)
    await session.append(1, 1501, commands(10, 'b'))
    const later = await Promise.all(Array.from({ length: 20 }, () => analyses.of(session.sessionId)))
    expect((await first).analysis.throughSeq).toBeGreaterThanOrEqual(1500)
    expect(later.map(({ analysis }) => analysis.throughSeq)).toEqual(Array(20).fill(1510))
    expect(new Set(later.map(({ analysis }) => analysis)).size).toBe(1)
  })

  test('is not there where there is no session, and asking again is no trap', async () => {
    const id = anId()
    for (let i = 0; i < 2; i++) {
      const [one, other] = await Promise.allSettled([analyses.of(id), analyses.of(id)])
      for (const { status, reason } of [one, other] as PromiseRejectedResult[])
        expect([status, reason.code]).toEqual(['rejected', 'SESSION_NOT_FOUND'])
    }
  })

  test('has the numbers anew when a prompt was rated', async () => {
    const session = await path.aSession()
    await session.append(1, 1, [
      { type: 'ai_interaction', data: { role: 'user', content: 'why?', promptQuality: 2 } },
    ])
    await session.flush()
    await session.close()
    await session.flush()
    await analyses.of(session.sessionId)
    const name = 'claudeInteractions.averagePromptQuality'
    expect((await storedOf(session))?.metrics[name]).toBe(2)
    await path.world.sql`
      insert into annotations (session_id, kind, text, author, at, target_seq, value)
      values (${session.sessionId}, 'rating', '', 'reviewer', now(), 1, 5)`
    await analyses.annotationsChanged(session.sessionId)
    expect((await storedOf(session))?.metrics[name]).toBe(5)
    expect(
      (await (await analyses.of(session.sessionId)).stats()).claudeInteractions.averagePromptQuality,
    ).toBe(5)
  })
})

const anAnalysis = (sessionId: string): AnalysisToStore => ({
  sessionId,
  version: ANALYSIS_VERSION,
  throughSeq: 10,
  edition: { redactionId: 0, archiveGeneration: 0 },
  state: { some: 'thing' },
  metrics: { totalEvents: 10 },
  questionKey: 'q',
})

describe('storing', () => {
  test('never goes back within a version', async () => {
    const session = await path.aSession()
    const analysis = anAnalysis(session.sessionId)
    expect(await storeAnalysis(path.db, analysis)).toBe(true)
    expect(await storeAnalysis(path.db, { ...analysis, throughSeq: 9 })).toBe(false)
    expect(await storedOf(session)).toMatchObject({ seq: 10 })
    expect(await storeAnalysis(path.db, { ...analysis, throughSeq: 9, version: ANALYSIS_VERSION + 1 })).toBe(
      true,
    )
    expect(await storeAnalysis(path.db, { ...analysis, throughSeq: 11 })).toBe(false)
  })

  test('comes out as it went in', async () => {
    const session = await path.aSession()
    const state = { text: '\u0000\ud83d "quoted"', list: [1, null] }
    await storeAnalysis(path.db, { ...anAnalysis(session.sessionId), state, questionKey: 'a\u0000b' })
    const { stored } = await loadAnalysis(path.db, session.sessionId, ANALYSIS_VERSION)
    expect(stored).toEqual({ throughSeq: 10, state })
    await storeMetrics(path.db, { ...anAnalysis(session.sessionId), metrics: { totalEvents: 3 } })
    expect((await storedOf(session))?.metrics).toEqual({ totalEvents: 3 })
    await forgetAnalysis(path.db, session.sessionId)
    expect(await loadAnalysis(path.db, session.sessionId, ANALYSIS_VERSION)).toMatchObject({ stored: null })
  })

  test('[R14] brings nothing back of a session that is gone', async () => {
    const session = await path.aSession()
    await path.world.sql`delete from session_recordings where id = ${session.sessionId}`
    expect(await storeAnalysis(path.db, anAnalysis(session.sessionId))).toBe(false)
    expect(await storedOf(session)).toBeNull()
  })

  test('[R15] brings nothing back of what was masked meanwhile', async () => {
    const session = await path.aSession()
    const { edition } = await loadAnalysis(path.db, session.sessionId, ANALYSIS_VERSION)
    await path.world.sql`
      insert into redactions (session_id, kind, through_seq, reason, role, author, event_count, places)
      values (${session.sessionId}, 'text', 1, '', 'service', 's', 0, '[]')`
    expect(await storeAnalysis(path.db, { ...anAnalysis(session.sessionId), edition })).toBe(false)
    const after = await loadAnalysis(path.db, session.sessionId, ANALYSIS_VERSION)
    expect(await storeAnalysis(path.db, { ...anAnalysis(session.sessionId), edition: after.edition })).toBe(
      true,
    )
    await path.world.sql`
      update session_recordings set archive_generation = archive_generation + 1 where id = ${session.sessionId}`
    expect(await storeAnalysis(path.db, { ...anAnalysis(session.sessionId), edition: after.edition })).toBe(
      false,
    )
  })
})

test.each([
  [{ id: 'two-sum', title: 'Two sum' }, 'two-sum'],
  [{ title: 'Two sum' }, 'Two sum'],
  [{ id: 7 }, '7'],
  ['two-sum', 'two-sum'],
  [{ id: { nested: true } }, null],
  [{ id: '' }, null],
  [null, null],
  [undefined, null],
  [[1], null],
  [{ id: 'a\u0000b\ud83d' }, 'a\ufffdb\ufffd'],
  [{ id: 'x'.repeat(1000) }, 'x'.repeat(256)],
])('the question %j is known by %j', (question, key) => {
  const known = questionKeyOf(question)
  expect(known === null ? null : columnKey(known)).toBe(key)
})
