import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { reopenAbandoned } from '../../db/reopen-session.js'
import { sealForClose } from '../../db/seal-session.js'
import { requestClose } from '../../db/sessions.js'
import { flushShard } from '../../workers/flush/flush-shard.js'
import { upkeep } from '../../workers/sweep/upkeep.js'
import { GRACE_MS, openPath, type Path } from '../support/path-stores.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { anId } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const event = () => ({ type: 'custom:x', timestamp: Date.now(), data: 1 })

describe('[R17] with processes', () => {
  let world: World
  let servers: ProductProcess[]
  beforeAll(async () => {
    world = await makeWorld({ env: { FLUSH_DUE_MS: '100', SWEEP_EVERY_MS: '300' } })
    servers = [await world.startServer(), await world.startServer()]
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const first = () => servers[0] as ProductProcess
  const second = () => servers[1] as ProductProcess
  const isToldUp = (tab: { controls: { kind: string }[] }) =>
    tab.controls.some(({ kind }) => kind === 'time-up')

  test('the end of the time limit is told to each tab, on whatever node, and to one that comes after it', async () => {
    const session = await world.createSession(first(), { timeLimit: 2 })
    const auth = (sourceId: string) => ({ token: session.candidateToken, sourceId, protocol: 1 })
    const tabs = [
      await connectCandidate(first().url, auth('a')),
      await connectCandidate(second().url, auth('b')),
    ]
    for (const tab of tabs) await waitFor('the end to be told', () => isToldUp(tab))
    const late = await connectCandidate(second().url, auth('c'))
    await waitFor('the end to be told', () => isToldUp(late))
    // It is only told: recording goes on.
    expect(await late.batch({ firstSeq: 1, events: [event()] })).toMatchObject({ ok: true })
    expect((await world.getSession(first(), session.id)).status).toBe('ACTIVE')
    for (const tab of [...tabs, late]) tab.close()
  })

  test('more time that is given on another node moves it, and it is told at the new end', async () => {
    const session = await world.createSession(first(), { timeLimit: 3 })
    const tab = await connectCandidate(first().url, {
      token: session.candidateToken,
      sourceId: 'a',
      protocol: 1,
    })
    await world.sql`update session_recordings set time_limit = time_limit + 3 where id = ${session.id}`
    await waitFor('the end to be told', () => isToldUp(tab))
    const [row] = await world.sql<{ isOver: boolean }[]>`
      select now() >= start_time + make_interval(secs => 6) as "isOver" from session_recordings where id = ${session.id}`
    expect(row?.isOver).toBe(true)
    tab.close()
  })

  test('where that is set, the session is closed at its end: its tabs are told, and what they sent is kept', async () => {
    const closing = await world.startServer({ CLOSE_AT_TIME_UP: 'on' })
    const worker = await world.startWorker({ CLOSE_AT_TIME_UP: 'on' })
    const session = await world.createSession(closing, { timeLimit: 2 })
    // Nobody is connected to this one.
    const alone = await world.createSession(closing, { timeLimit: 1 })
    const tab = await connectCandidate(closing.url, {
      token: session.candidateToken,
      sourceId: 'a',
      protocol: 1,
    })
    await tab.batch({ firstSeq: 1, events: [event(), event()] })
    for (const { id } of [session, alone]) {
      await waitFor('the close', async () => (await world.getSession(closing, id)).status === 'COMPLETED')
    }
    // The receipt comes when it comes.
    const told = tab.controls.map(({ kind }) => kind).filter((kind) => kind !== 'receipt')
    expect(told).toEqual(['time-up', 'ended'])
    expect((await world.getSession(closing, session.id)).eventCount).toBe(2)
    tab.close()
    // The next test has a worker of its own settings, and jobs go to any.
    await worker.stop()
  })

  test('a recorder that comes back to a session that was given up makes it active again', async () => {
    const worker = await world.startWorker({ ABANDONED_AFTER_MS: '1000' })
    const session = await world.createSession(first())
    const before = createRecorder({ url: first().url, token: session.candidateToken })
    before.record({ type: 'custom:x', data: 'before' })
    await before.close({ waitFor: 'received' })
    await waitFor('it to be given up and archived', async () => {
      const { status, archive } = await world.getSession(first(), session.id)
      if (status !== 'ABANDONED' || archive.state !== 'verified')
        throw new Error(`${status} ${archive.state}`)
      return true
    })
    await worker.stop()
    await world.startWorker()
    const after = createRecorder({ url: second().url, token: session.candidateToken })
    after.record({ type: 'custom:x', data: 'after' })
    await after.whenCommitted()
    const back = await world.getSession(first(), session.id)
    expect(back).toMatchObject({
      status: 'ACTIVE',
      closing: false,
      endTime: null,
      duration: null,
      storagePath: null,
      archive: { state: 'none' },
    })
    const closed = await world.call(first(), 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    expect(closed).toMatchObject({ status: 200, body: { status: 'COMPLETED', eventCount: 2 } })
    await after.close({ waitFor: 'nothing' })
    const events = await world.readAll(first(), session.id)
    expect(events.map(({ data, flags }) => [data, flags])).toEqual([
      ['before', undefined],
      ['after', undefined],
    ])
    await waitFor('the whole archive', async () => {
      return (await world.getSession(first(), session.id)).archive.state === 'verified'
    })
  })

  test('what an earlier page left, brought by an heir, is late and makes nothing active', async () => {
    const session = await world.createSession(first())
    const auth = { token: session.candidateToken, sourceId: 'a', protocol: 1 }
    const tab = await connectCandidate(first().url, auth)
    await tab.batch({ firstSeq: 1, events: [event()] })
    tab.close()
    await world.call(first(), 'POST', `/v1/sessions/${session.id}/close`, { body: { status: 'ABANDONED' } })
    const heir = await connectCandidate(first().url, { ...auth, heir: true })
    expect(
      await heir.batch({ firstSeq: 2, events: [{ ...event(), timestamp: Date.now() - 60_000 }] }),
    ).toMatchObject({ ok: true })
    heir.close()
    expect((await world.getSession(first(), session.id)).status).toBe('ABANDONED')
  })

  test('one that was completed stays so', async () => {
    const session = await world.createSession(first())
    await world.call(first(), 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
    const auth = { token: session.candidateToken, sourceId: anId(), protocol: 1 }
    await expect(connectCandidate(first().url, auth)).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  })
})

describe('[R17] step by step', () => {
  let path: Path
  beforeAll(async () => {
    path = await openPath()
  })
  afterAll(() => path.close())
  beforeEach(() => path.reset())
  const reopen = (id: string) =>
    reopenAbandoned(path.db, path.buffer, path.context.policy, id, path.clock.nowMs)

  test('only within the grace', async () => {
    const session = await path.aSession()
    await requestClose(path.db, session.sessionId, 'ABANDONED', new Date(path.clock.nowMs))
    await upkeep(path.context)
    await session.flush()
    path.clock.nowMs = (await session.row()).closeRequestedAt?.getTime() as number
    path.clock.nowMs += GRACE_MS + 1
    expect(await reopen(session.sessionId)).toBe(false)
    expect((await session.row()).status).toBe('ABANDONED')
    path.clock.nowMs -= 2
    expect(await reopen(session.sessionId)).toBe(true)
    expect((await session.row()).status).toBe('ACTIVE')
  })

  test('a close that is under way is taken back, and neither the sweep nor the flush completes it', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 1)
    await requestClose(path.db, session.sessionId, 'ABANDONED', new Date(path.clock.nowMs))
    await upkeep(path.context)
    expect((await session.meta()).sealedMs).not.toBeNull()
    expect(await reopen(session.sessionId)).toBe(true)
    expect((await session.meta()).sealedMs).toBeNull()
    await upkeep(path.context)
    await session.flush()
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', closeRequestedAt: null, eventCount: 1 })
    await session.catchUp()
    expect(await session.append(1, 2, 1)).toMatchObject({ kind: 'ok', late: false })
  })

  test('a seal that comes behind the return of the recorder does not stand', async () => {
    const session = await path.aSession()
    // The sweep has read that a close was asked for, and is slow.
    const sealedMs = path.clock.nowMs
    const { db, buffer, context, clock } = path
    await sealForClose(db, buffer, context.policy, session.sessionId, sealedMs, clock.nowMs)
    expect((await session.meta()).sealedMs).toBeNull()
  })

  test('an archive that is under way meanwhile does not count', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 1)
    await requestClose(path.db, session.sessionId, 'ABANDONED', new Date(path.clock.nowMs))
    await upkeep(path.context)
    await session.flush()
    const { archiveGeneration } = await session.row()
    expect(await reopen(session.sessionId)).toBe(true)
    const { count } = await path.world.sql`
      update session_recordings set archive_state = 'verified'
      where id = ${session.sessionId} and archive_generation = ${archiveGeneration}`
    expect(count).toBe(0)
    await flushShard(path.context, session.shard)
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', archiveState: 'none', storagePath: null })
  })
})
