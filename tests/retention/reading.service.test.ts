import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { archivableEvents } from '../../db/archivable.js'
import { MAX_PAGE_SEQS } from '../../db/event-page.js'
import { archivableEvent, type EventRow, eventColumns } from '../../db/event-rows.js'
import { type EventQuery, iterateEvents, iterateEventsJson, readEvents } from '../../db/read-events.js'
import { restoreRows } from '../../db/restore-rows.js'
import { type ArchivableEvent, snapshotSeqOf } from '../../protocol/archive-lines.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { purgeSession } from '../../workers/retention/purge-session.js'
import { seeded } from '../support/generate.js'
import type { PathSession } from '../support/path-stores.js'
import { appendGenerated, openRetentionPath, type RetentionPath } from '../support/retention-path.js'
import { START_MS } from '../support/stores.js'

let path: RetentionPath
beforeAll(async () => {
  path = await openRetentionPath()
})
afterAll(() => path.close())
beforeEach(() => path.reset())

const EVENTS = 4600

const QUERIES: EventQuery[] = [
  { afterSeq: 0, limit: 1000 },
  { afterSeq: 0, limit: 1 },
  { afterSeq: 1999, limit: 2 },
  { afterSeq: 2000, limit: 2 },
  { afterSeq: 1234, limit: 5000 },
  { afterSeq: EVENTS - 1, limit: 10 },
  { afterSeq: EVENTS, limit: 10 },
  { afterSeq: EVENTS + 7, limit: 10 },
  { afterSeq: 0, limit: 50, types: ['code_snapshot'] },
  { afterSeq: 900, limit: 5000, types: ['code_snapshot', 'ai_interaction'] },
  { afterSeq: 0, limit: 5000, types: ['session_submit'] },
  { afterSeq: 0, limit: 20, fromMs: START_MS + 100_000 },
  { afterSeq: 0, limit: 5000, fromMs: START_MS + 60_000, toMs: START_MS + 61_000 },
  { afterSeq: 0, limit: 5000, toMs: START_MS - 1 },
]

async function answers({ sessionId }: PathSession) {
  const pages = []
  for (const query of QUERIES) {
    const { epoch, ...page } = await readEvents(path.stores, sessionId, query)
    pages.push({ query, ...page })
  }
  const all: RecordedEvent[] = []
  for await (const events of iterateEvents(path.stores, sessionId, { limit: 700 })) all.push(...events)
  const lines: string[] = []
  for await (const some of iterateEventsJson(path.stores, sessionId, { limit: 700 })) lines.push(...some)
  expect(lines).toEqual(all.map((event) => JSON.stringify(event)))
  return { pages, all }
}

/** The snapshots that hold the texts of the rows that are left, and no other. */
async function referredIn(session: PathSession): Promise<number[]> {
  const seqs = (await session.rows()).flatMap(({ type, data }) => snapshotSeqOf({ type, data }) ?? [])
  const own = (await path.rowsOf(session.sessionId)).events.map((row) => Number(row.seq))
  const wholes = await path.world.sql<{ seq: number }[]>`
    select seq::int from code_snapshots where session_id = ${session.sessionId} and seq = any(${own}::bigint[])`
  return [...new Set([...seqs, ...wholes.map(({ seq }) => seq)])].sort((a, b) => a - b)
}

describe('[R12] a recording reads the same wherever it is', () => {
  test.each(process.env.TEST_WHOLE !== '1' ? [1] : [1, 20261122])(
    'seed %i: buffered, committed, archived, purged in part and whole, restored',
    async (seed) => {
      const session = await path.aSession(2)
      const { sessionId } = session
      await appendGenerated(session, EVENTS, seeded(seed))
      const live = await answers(session)
      expect(live.all).toHaveLength(EVENTS)
      const same = async (what: string) => {
        const now = await answers(session)
        for (const [i, page] of now.pages.entries()) expect(page, `${what}: ${i}`).toEqual(live.pages[i])
        expect(now.all, what).toEqual(live.all)
      }
      await session.close()
      await session.flush()
      await same('committed')
      await path.archiveSession(sessionId)
      await path.settle(session)
      const rows = await path.rowsOf(sessionId)
      await same('archived')
      for (const left of [EVENTS - 1, EVENTS - 2345, 1000, 3, 0]) {
        const purged = (await session.row()).purgedThroughSeq
        expect(await purgeSession({ ...path.retention, retainLastEvents: left }, sessionId)).toBe(
          EVENTS - left - purged,
        )
        expect((await session.row()).purgedThroughSeq).toBe(EVENTS - left)
        expect((await session.rows()).map((row) => row.seq)).toEqual(
          Array.from({ length: left }, (_, i) => EVENTS - left + i + 1),
        )
        expect((await path.rowsOf(sessionId)).snapshots.map((row) => Number(row.seq))).toEqual(
          await referredIn(session),
        )
        await same(`purged but ${left}`)
      }
      expect((await path.rowsOf(sessionId)).snapshots).toEqual([])
      await restoreRows(path.db, path.recordings, sessionId)
      expect(await path.rowsOf(sessionId)).toEqual(rows)
      await same('restored')
    },
  )

  test('with live events behind what was purged and archived', async () => {
    const session = await path.aSession(2)
    await appendGenerated(session, 400, seeded(3))
    await session.close()
    await session.flush()
    await path.archiveSession(session.sessionId)
    await path.settle(session)
    await purgeSession({ ...path.retention, retainLastEvents: 100 }, session.sessionId)
    const before = (await readEvents(path.stores, session.sessionId, { afterSeq: 0, limit: 5000 })).events
    // As if its close had been undone: the log goes on in Redis.
    await path.world.sql`update session_recordings set status = 'ACTIVE', close_requested_at = null`
    await path.buffer.enterEpoch(
      {
        sessionId: session.sessionId,
        epoch: 50,
        committedSeq: 400,
        sealedMs: null,
        graceUntilMs: null,
        keystrokeSampling: 1,
        sources: [{ source: 1, identity: 'x', committedSeq: 200 }],
      },
      path.clock.nowMs,
    )
    await path.world.sql`update session_recordings set epoch = 50 where id = ${session.sessionId}`
    await session.catchUp()
    await session.append(1, 201, 5)
    const page = await readEvents(path.stores, session.sessionId, { afterSeq: 0, limit: 5000 })
    expect(page.events.slice(0, 400)).toEqual(before)
    expect(page.events.map((event) => event.seq)).toEqual(Array.from({ length: 405 }, (_, i) => i + 1))
    expect(page.nextAfterSeq).toBeNull()
  })

  test('pages are cut at the same size, and none holds more than that', async () => {
    const session = await path.aSession()
    const text = 'x'.repeat(900_000)
    for (let i = 0; i < 14; i++) {
      const data = { fileName: 'a.ts', content: `${i}${text}` }
      await session.append(1, 2 * i + 1, [
        { type: 'code_snapshot', fileId: 'a.ts', data },
        { type: 'terminal_stream', data: { channel: 'o', data: `${text}${i}` } },
      ])
    }
    const pagesOf = async () => {
      const cuts: (number | null)[] = []
      for (let next: number | null = 0; next !== null; ) {
        const page: Awaited<ReturnType<typeof readEvents>> = await readEvents(
          path.stores,
          session.sessionId,
          {
            afterSeq: next,
            limit: 5000,
          },
        )
        expect(page.events.length).toBeLessThan(10)
        next = page.nextAfterSeq
        cuts.push(next)
      }
      return cuts
    }
    const live = await pagesOf()
    expect(live.length).toBeGreaterThan(2)
    await session.close()
    await session.flush()
    expect(await pagesOf()).toEqual(live)
    await path.archiveSession(session.sessionId)
    await path.settle(session)
    await purgeSession({ ...path.retention, retainLastEvents: 9 }, session.sessionId)
    expect(await pagesOf()).toEqual(live)
    await purgeSession(path.retention, session.sessionId)
    expect(await pagesOf()).toEqual(live)
  })

  test('[R8] rows that come as one text are those that their columns say, whatever stands in them', async () => {
    const session = await path.aSession(2)
    const { sessionId } = session
    await appendGenerated(session, 2500, seeded(7))
    await session.close()
    await session.flush()
    const { sql } = path.db
    const where = sql`where session_id = ${sessionId}`
    await sql`update session_events set file_id = ${'a\u001fb\u001e\n"\\c'} ${where} and seq % 50 = 1`
    await sql`update session_events set meta = ${'{"flags": ["late"],\n "fileId": "x\\u0000\\ud800"}'}::text::json ${where} and seq % 50 = 2`
    await sql`update session_events set data = ${'{"a" :\n\t[1, "\\u001f\\u001e"]}'}::text::json ${where} and seq % 50 = 3`
    await sql`update session_events set "timestamp" = '1931-05-06 07:08:09.001999+00' ${where} and seq % 50 = 4`
    await sql`update session_events set received_at = received_at + interval '999 microseconds' ${where} and seq % 50 = 5`
    const long = JSON.stringify('x'.repeat(1_500_000))
    await sql`update session_events set data = ${long}::text::json ${where} and seq between 20 and 26`
    const rows = await sql<EventRow[]>`select ${eventColumns(sql)} from session_events ${where} order by seq`
    const pages: ArchivableEvent[][] = []
    for await (const page of archivableEvents(path.db, sessionId, 2500)) pages.push(page)
    expect(pages.flat()).toEqual(rows.map(archivableEvent))
    // None of more than a few long rows, and none of more than a thousand.
    expect(pages.filter((page) => page.some(({ seq }) => seq >= 20 && seq <= 26)).length).toBeGreaterThan(2)
    expect(pages.length).toBeLessThan(9)
  })

  test('[I8] a filter that finds little looks through so many seqs a page, in rows as in the archive', async () => {
    const session = await path.aSession()
    const count = MAX_PAGE_SEQS + 5000
    for (let first = 1; first <= count; first += 500) await session.append(1, first, 500)
    await session.append(1, count + 1, [{ type: 'session_submit', data: {} }])
    const pages = async () => {
      const query = { limit: 10, types: ['session_submit'] }
      const first = await readEvents(path.stores, session.sessionId, { ...query, afterSeq: 0 })
      expect(first.events).toEqual([])
      expect(first.nextAfterSeq).toBe(MAX_PAGE_SEQS)
      return readEvents(path.stores, session.sessionId, { ...query, afterSeq: MAX_PAGE_SEQS })
    }
    const { epoch, ...live } = await pages()
    expect([live.events.map((event) => event.seq), live.nextAfterSeq]).toEqual([[count + 1], null])
    await session.close()
    await session.flush()
    expect(await pages()).toMatchObject(live)
    await path.archiveSession(session.sessionId)
    await path.settle(session)
    await purgeSession({ ...path.retention, retainLastEvents: 1000 }, session.sessionId)
    expect(await pages()).toMatchObject(live)
    await purgeSession(path.retention, session.sessionId)
    expect(await pages()).toMatchObject(live)
  })
})
