import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openArchive } from '../../db/archive/open-archive.js'
import { Recordings } from '../../db/archive/recordings.js'
import type { Stores } from '../../db/read-events.js'
import {
  forgetKeyframesOfClosed,
  type KeyframeToStore,
  keyframeAnswer,
  keyframesDue,
  loadKeyframe,
  storeKeyframe,
} from '../../db/session-keyframes.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  createReplayEngine,
  JoinedReplayer,
  type SessionKeyframe,
  SESSION_KEYFRAME_VERSION as VERSION,
} from '../../replay/index.js'
import { plain } from '../../replay/test-support/recordings.js'
import { SessionAnalyses } from '../../server/analysis/session-analyses.js'
import { sessionStateAt } from '../../server/analysis/session-state.js'
import { stateNow } from '../../server/analysis/state-now.js'
import { Turns } from '../../server/analysis/turns.js'
import { makeKeyframe } from '../../workers/keyframes/make-keyframe.js'
import { makeKeyframes } from '../../workers/keyframes/make-keyframes.js'
import { openPath, type Path, type PathSession } from '../support/path-stores.js'
import { START_MS, type TestEvent } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'

const FAR_BOUNDS = { listChars: 1e8, filesChars: 1e8 }

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

/** One each 200 ms. */
const typed = (count: number, word: string, fromMs = START_MS): TestEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    type: i % 9 === 0 ? 'terminal_stream' : 'code_edit',
    data: i % 9 === 0 ? { channel: 'o', data: `${word} ${i}\r\n` } : { changes: [[0, 0, word.slice(0, 1)]] },
    fileId: 'a.ts',
    timestampMs: fromMs + i * 200,
  }))

const allOf = async (session: PathSession): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<PathSession['read']>> = await session.read(after)
    events.push(...page.events)
    after = page.nextAfterSeq
  }
  return events
}

const keyframeOf = async ({ sessionId }: PathSession): Promise<SessionKeyframe | null> => {
  const standing = await loadKeyframe(path.db, sessionId, VERSION)
  return standing?.stored?.answer ? JSON.parse(standing.stored.answer).keyframe : null
}

/** What is shown of a session to who joins it now, and what playing from zero gives. */
async function joined(session: PathSession) {
  const events = await allOf(session)
  const atMs = Math.max(...events.map(({ timestamp }) => timestamp))
  const engine = createReplayEngine()
  engine.insert(events)
  const keyframe = (await keyframeOf(session)) as SessionKeyframe
  const replayer = new JoinedReplayer()
  replayer.begin(keyframe)
  replayer.insert(events.filter(({ seq }) => seq > keyframe.throughSeq))
  const state = replayer.stateAt(atMs)
  return { shown: state === null ? null : plain(state), expected: plain(engine.stateAt(atMs)) }
}

test('[R2] a keyframe is made of what is committed, gone on from, and shows what playing from zero gives', async () => {
  const session = await path.aSession(2)
  await session.append(1, 1, typed(600, 'one'))
  await session.flush()
  await makeKeyframe(stores, session.sessionId)
  // Another source whose events lie between those that are there, late by less than the grace.
  await session.append(2, 1, typed(250, 'two', START_MS + 80_000))
  await session.flush()
  await makeKeyframe(stores, session.sessionId)
  const keyframe = await keyframeOf(session)
  expect(keyframe).toMatchObject({ throughSeq: 850, version: VERSION })
  expect(keyframe?.events.length).toBeGreaterThan(250)
  await session.append(1, 601, typed(40, 'not yet committed', START_MS + 600 * 200))
  const { shown, expected } = await joined(session)
  expect(shown).toEqual(expected)
  expect(shown?.eventCount).toBe(890)
  const { whole } = await wholeOf(session)
  expect(whole).toBe(600)
})

const wholeOf = async ({ sessionId }: PathSession) => {
  const [row] = await path.world.sql<{ whole: number; through: number; made: boolean }[]>`
    select whole_seq::int as whole, through_seq::int as through, answer is not null as made
    from session_keyframes where session_id = ${sessionId}`
  return row ?? { whole: 0, through: 0, made: false }
}

test('[R3] what is in the buffer alone is in no keyframe, so other events in its place do no harm', async () => {
  const session = await path.aSession()
  await session.append(1, 1, typed(700, 'kept'))
  await session.flush()
  const putBack = await session.photograph()
  await session.append(1, 701, typed(50, 'lost', START_MS + 700 * 200))
  await makeKeyframe(stores, session.sessionId)
  expect((await keyframeOf(session))?.throughSeq).toBe(700)
  await putBack()
  await session.append(1, 701, typed(20, 'other', START_MS + 700 * 200))
  const { shown, expected } = await joined(session)
  expect(shown).toEqual(expected)
})

test('[R2] events from far before it make it useless: it shows nothing wrong, and is made anew, though not each time', async () => {
  const session = await path.aSession(2)
  await session.append(1, 1, typed(1000, 'one'))
  await session.flush()
  await makeKeyframe(stores, session.sessionId)
  await session.append(2, 1, typed(100, 'two', START_MS + 1000))
  expect((await joined(session)).shown).toBeNull()
  expect(await stateNow(analyses, session.sessionId, FAR_BOUNDS)).toBeNull()
  await session.flush()
  // Of few more events none is made from the first one on; what is there no longer stands for them.
  await makeKeyframe(stores, session.sessionId)
  expect(await wholeOf(session)).toEqual({ whole: 1000, through: 1100, made: false })
  await session.append(1, 1001, typed(200, 'one', START_MS + 1000 * 200))
  await session.flush()
  await makeKeyframe(stores, session.sessionId)
  expect(await wholeOf(session)).toEqual({ whole: 1300, through: 1300, made: true })
  const { shown, expected } = await joined(session)
  expect(shown).toEqual(expected)
})

test('the latest state is answered from it, and is the one that playing from zero gives', async () => {
  const session = await path.aSession(2)
  await session.append(1, 1, typed(1500, 'one'))
  await session.flush()
  const before = await sessionStateAt(analyses, session.sessionId, undefined)
  await makeKeyframe(stores, session.sessionId)
  const state = await stateNow(analyses, session.sessionId, FAR_BOUNDS)
  expect(state && plain(state)).toEqual(plain(before.state))
  await session.append(2, 1, typed(90, 'two', START_MS + 290_000))
  const since = await stateNow(analyses, session.sessionId, FAR_BOUNDS)
  const { expected } = await joined(session)
  expect(since && plain(since)).toEqual(expected)
  expect(await stateNow(analyses, session.sessionId, { ...FAR_BOUNDS, filesChars: 100 })).toBeNull()
  await path.world.sql`delete from session_keyframes`
  expect(await stateNow(analyses, session.sessionId, FAR_BOUNDS)).toBeNull()
})

test('what came since the keyframe counts like what it has: a state that may not be shown whole is not answered from it', async () => {
  const session = await path.aSession()
  await session.append(1, 1, typed(1000, 'one'))
  await session.flush()
  await makeKeyframe(stores, session.sessionId)
  const printed: TestEvent[] = Array.from({ length: 30 }, (_, i) => ({
    type: 'terminal_stream',
    data: { channel: 'o', data: 'x'.repeat(50_000) },
    timestampMs: START_MS + 200_000 + i,
  }))
  const bounds = { listChars: 4e6, filesChars: 4e6 }
  const few = { listChars: 2e6, filesChars: 4e6 }
  expect(await stateNow(analyses, session.sessionId, few)).not.toBeNull()
  await session.append(1, 1001, printed)
  expect(await stateNow(analyses, session.sessionId, bounds)).toMatchObject({ eventCount: 1030 })
  expect(await stateNow(analyses, session.sessionId, few)).toBeNull()
  // They would be held at once, whatever becomes of them.
  expect(await stateNow(analyses, session.sessionId, { ...FAR_BOUNDS, filesChars: 3e6 })).toBeNull()
})

test('a stored keyframe that is damaged is none: the state is answered, and another one made', async () => {
  const session = await path.aSession()
  const { sessionId } = session
  await session.append(1, 1, typed(1000, 'one'))
  await session.flush()
  for (const answer of [Buffer.from('no gzip'), gzipSync('{'), gzipSync('{"keyframe":null}')]) {
    await makeKeyframe(stores, sessionId)
    await path.world.sql`update session_keyframes set answer = ${answer} where session_id = ${sessionId}`
    expect(await stateNow(analyses, sessionId, FAR_BOUNDS)).toBeNull()
    expect((await sessionStateAt(analyses, sessionId, undefined)).state.eventCount).toBe(1000)
    // As if there were a quarter more by now.
    await path.world.sql`update session_keyframes set whole_seq = 800 where session_id = ${sessionId}`
    await makeKeyframe(stores, sessionId)
    expect(await wholeOf(session)).toEqual({ whole: 1000, through: 1000, made: true })
  }
})

test('a session of which none can be made is not read again before there are a quarter more events', async () => {
  const session = await path.aSession()
  const { sessionId } = session
  await session.append(1, 1, typed(1000, 'one'))
  await session.flush()
  await path.world.sql`delete from session_events where session_id = ${sessionId} and seq = 7`
  await expect(makeKeyframe(stores, sessionId)).rejects.toThrow('Of 1000 events 999 were read.')
  expect(await wholeOf(session)).toEqual({ whole: 1000, through: 1000, made: false })
  await makeKeyframe(stores, sessionId)
  await session.append(1, 1001, typed(250, 'two', START_MS + 200_000))
  await session.flush()
  await expect(makeKeyframe(stores, sessionId)).rejects.toThrow('Of 1250 events 1249 were read.')
  expect(await wholeOf(session)).toEqual({ whole: 1250, through: 1250, made: false })
})

const aKeyframe = (sessionId: string): KeyframeToStore => ({
  sessionId,
  version: VERSION,
  edition: { redactionId: 0, archiveGeneration: 0 },
  throughSeq: 10,
  wholeSeq: 10,
  answer: '{"keyframe":null}',
})
const aGrownSession = async () => {
  const session = await path.aSession()
  await session.append(1, 1, typed(12, 'a'))
  await session.flush()
  return session
}

test('storing never goes back, and keeps what a newer version made', async () => {
  const { sessionId } = await aGrownSession()
  const keyframe = aKeyframe(sessionId)
  expect(await storeKeyframe(path.db, keyframe)).toBe(true)
  expect(await storeKeyframe(path.db, { ...keyframe, throughSeq: 9 })).toBe(false)
  expect(await storeKeyframe(path.db, { ...keyframe, throughSeq: 13 })).toBe(false)
  expect(await storeKeyframe(path.db, { ...keyframe, throughSeq: 9, version: VERSION + 1 })).toBe(true)
  expect(await storeKeyframe(path.db, { ...keyframe, throughSeq: 11 })).toBe(false)
  expect(await keyframeAnswer(path.db, sessionId, VERSION)).toBeNull()
})

/** What each release does to redact, in one transaction; those from before there were keyframes know nothing of them. */
const redactMeanwhile = ({ sessionId }: PathSession, meanwhile: () => Promise<void> = async () => {}) =>
  path.world.sql.begin(async (tx) => {
    await tx`select id from session_recordings where id = ${sessionId} for update`
    await tx`
      insert into redactions (session_id, kind, through_seq, reason, role, author, event_count, places)
      values (${sessionId}, 'text', 1, '', 'service', 's', 0, '[]')`
    await meanwhile()
  })

test('[R15] a redaction of whatever release takes the keyframe, of that session alone', async () => {
  const [masked, other] = [await aGrownSession(), await aGrownSession()]
  for (const { sessionId } of [masked, other]) await storeKeyframe(path.db, aKeyframe(sessionId))
  await redactMeanwhile(masked)
  expect(await keyframeAnswer(path.db, masked.sessionId, VERSION)).toBeNull()
  expect(await wholeOf(masked)).toMatchObject({ through: 0 })
  expect(await wholeOf(other)).toMatchObject({ through: 10 })
})

test('[R15] nothing comes back of what was masked while one was made', async () => {
  const session = await aGrownSession()
  const { sessionId } = session
  await storeKeyframe(path.db, { ...aKeyframe(sessionId), throughSeq: 9 })
  let storing: Promise<boolean> | null = null
  await redactMeanwhile(session, async () => {
    storing = storeKeyframe(path.db, aKeyframe(sessionId))
    // It waits for the redaction, holding nothing that this one needs.
    await waitFor('the maker at the lock', async () => {
      const [row] = await path.world.sql<{ waiting: number }[]>`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      return row?.waiting === 1
    })
  })
  expect(await storing).toBe(false)
  expect(await wholeOf(session)).toMatchObject({ through: 0 })
  const { edition } = (await loadKeyframe(path.db, sessionId, VERSION)) ?? {}
  expect(edition && (await storeKeyframe(path.db, { ...aKeyframe(sessionId), edition }))).toBe(true)
})

test('[R14] none is stored or answered of a session that is erased, and none is left of one that is closed', async () => {
  const [erased, closed] = [await aGrownSession(), await aGrownSession()]
  for (const { sessionId } of [erased, closed])
    expect(await storeKeyframe(path.db, aKeyframe(sessionId))).toBe(true)
  await path.world.sql`
    update session_recordings set erase_requested_at = now() where id = ${erased.sessionId}`
  await closed.close()
  await closed.flush()
  for (const { sessionId } of [erased, closed]) {
    expect(await keyframeAnswer(path.db, sessionId, VERSION)).toBeNull()
    expect(await storeKeyframe(path.db, { ...aKeyframe(sessionId), throughSeq: 12 })).toBe(false)
  }
  await forgetKeyframesOfClosed(path.db)
  expect(await wholeOf(closed)).toMatchObject({ made: false, through: 0 })
  expect(await wholeOf(erased)).toMatchObject({ made: false, through: 0 })
})

test('one is due of 10,000 events, then after 3,000 more and a part of all, and a sweep makes it', async () => {
  const session = await path.aSession()
  const { sessionId } = session
  const grow = async (count: number) => {
    await path.world.sql`update session_recordings set event_count = ${count} where id = ${sessionId}`
    return (await keyframesDue(path.db, VERSION, 100)).includes(sessionId)
  }
  expect(await grow(9999)).toBe(false)
  expect(await grow(10_000)).toBe(true)
  await storeKeyframe(path.db, { ...aKeyframe(sessionId), throughSeq: 10_000, wholeSeq: 10_000 })
  expect(await grow(12_999)).toBe(false)
  expect(await grow(13_000)).toBe(true)
  await grow(400_000)
  await storeKeyframe(path.db, { ...aKeyframe(sessionId), throughSeq: 400_000, wholeSeq: 10_000 })
  expect(await grow(411_999)).toBe(false)
  expect(await grow(412_000)).toBe(true)
  await storeKeyframe(path.db, {
    ...aKeyframe(sessionId),
    throughSeq: 412_000,
    wholeSeq: 412_000,
    answer: null,
  })
  expect(await grow(514_999)).toBe(false)
  expect(await grow(515_000)).toBe(true)
  await path.world.sql`delete from session_recordings where id = ${sessionId}`

  const real = await path.aSession()
  for (let i = 0; i < 10_000; i += 500) await real.append(1, i + 1, typed(500, 'a', START_MS + i * 200))
  await real.flush()
  const failures: unknown[] = []
  await makeKeyframes({ db: path.db, stores, onKeyframesFailed: (error) => failures.push(error) })
  expect(failures).toEqual([])
  expect((await keyframeOf(real))?.throughSeq).toBe(10_000)
})
