import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { Database } from '../../db/connect.js'
import { startEpoch } from '../../db/epochs.js'
import { erasedLately, eraseSession, removeLeftovers, requestErasure } from '../../db/erasure.js'
import { readEvents } from '../../db/read-events.js'
import { restoreRows } from '../../db/restore-rows.js'
import { archiveSession } from '../../workers/archive/archive-session.js'
import { commitSessions } from '../../workers/flush/commit-sessions.js'
import { purgeSession } from '../../workers/retention/purge-session.js'
import { retention } from '../../workers/retention/retention.js'
import { upkeep } from '../../workers/sweep/upkeep.js'
import { seeded } from '../support/generate.js'
import type { PathSession } from '../support/path-stores.js'
import { appendGenerated, openRetentionPath, type RetentionPath } from '../support/retention-path.js'
import { tracesOf } from '../support/traces.js'

let path: RetentionPath
beforeAll(async () => {
  path = await openRetentionPath()
})
afterAll(() => path.close())
beforeEach(() => path.reset())

const BY = { role: 'service', sub: 's' }

async function aSession(events = 400) {
  const session = await path.aSession(2)
  await appendGenerated(session, events, seeded(events))
  return session
}

async function closed(events = 400) {
  const session = await aSession(events)
  await session.close()
  await session.flush()
  return session
}

const mark = ({ sessionId }: PathSession) => requestErasure(path.db, sessionId, BY)
const erase = async (session: PathSession) => {
  await mark(session)
  await eraseSession(path.stores, session.sessionId)
}
const expectGone = async ({ sessionId }: PathSession) =>
  expect(await tracesOf(path.world, [sessionId])).toEqual(['access_log.session_id'])

/** The archive, with something happening before the n-th put. */
function interruptedArchive(n: number, act: () => Promise<unknown>): ArchiveStore {
  let puts = 0
  return Object.assign(Object.create(path.archive) as ArchiveStore, {
    put: async (...args: Parameters<ArchiveStore['put']>) => {
      if (++puts === n) await act()
      return path.archive.put(...args)
    },
  })
}

describe('[R14] nothing that was under way brings an erased session back', () => {
  test.each([1, 2, 3])('an archive job at its put %i', async (put) => {
    const session = await closed()
    const store = interruptedArchive(put, () => erase(session))
    await archiveSession(path.archiving(store), session.sessionId).catch(() => {})
    await expectGone(session)
  })

  test('an archive job that is killed after its put: the sweep looks again', async () => {
    const session = await closed()
    await erase(session)
    await path.archive.put(`sessions/${session.sessionId}/events.json.gz`, Buffer.from('late'))
    await retention(path.retention)
    await expectGone(session)
  })

  test('an archive job for a session that PostgreSQL has merely forgotten touches nothing', async () => {
    const session = await closed()
    await path.archiveSession(session.sessionId)
    await path.world.sql`delete from session_recordings where id = ${session.sessionId}`
    await path.archiveSession(session.sessionId)
    expect(await path.archive.head(`sessions/${session.sessionId}/events.json.gz`)).not.toBeNull()
  })

  test('a flush that has read its batches', async () => {
    const session = await aSession()
    const read = await path.buffer.read(session.sessionId, 1000)
    const work = { ...session, epoch: read?.meta.epoch ?? 0, batches: read?.batches ?? [], complete: false }
    await mark(session)
    expect(await commitSessions(path.db, [work])).toEqual([{ kind: 'gone', sessionId: session.sessionId }])
    await eraseSession(path.stores, session.sessionId)
    expect(await commitSessions(path.db, [work])).toEqual([{ kind: 'gone', sessionId: session.sessionId }])
    await expectGone(session)
  })

  test('a gateway that enters its epoch and appends behind the removal', async () => {
    const session = await aSession()
    const { epoch } = await session.meta()
    await erase(session)
    const start = { sessionId: session.sessionId, committedSeq: 0, sealedMs: null, graceUntilMs: null }
    const sources = [{ source: 1, identity: 'x', committedSeq: 0 }]
    await path.buffer.enterEpoch(
      { ...start, keystrokeSampling: 1, epoch: epoch + 1, sources },
      path.clock.nowMs,
    )
    await session.catchUp()
    expect(await session.append(1, 1, 5)).toMatchObject({ kind: 'ok' })
    await session.flush()
    await expectGone(session)
  })

  test('and none of these begins where it is marked alone', async () => {
    const session = await closed()
    await path.archiveSession(session.sessionId)
    await path.settle(session)
    await purgeSession({ ...path.retention, retainLastEvents: 100 }, session.sessionId)
    const { sessionId } = session
    await mark(session)
    expect(
      await startEpoch(path.db, path.buffer, path.context.policy, sessionId, 0, path.clock.nowMs),
    ).toBeNull()
    await expect(readEvents(path.stores, sessionId, { afterSeq: 0, limit: 1 })).rejects.toMatchObject({
      code: 'GONE',
    })
    await expect(restoreRows(path.db, path.recordings, sessionId)).rejects.toMatchObject({ code: 'GONE' })
    expect(await purgeSession(path.retention, sessionId)).toBe(0)
    await upkeep(path.context)
    await expect(session.row()).rejects.toThrow('no such session')
    await expect(path.world.sql`
      insert into session_events (session_id, seq, type, "timestamp", data, checkpoint, source, source_seq, received_at)
      values (${sessionId}, 1, 'x', now(), '1', false, 1, 1, now())`).rejects.toMatchObject({ code: '23503' })
    await eraseSession(path.stores, sessionId)
    await expectGone(session)
  })
})

describe('[R14] an erasure that dies', () => {
  /** Stores that die at the n-th call of any of them. */
  function dyingAt(n: number): { stores: RetentionPath['stores']; died: () => boolean } {
    let calls = 0
    let isDead = false
    const step = () => {
      if (isDead || ++calls >= n) {
        isDead = true
        throw new Error('killed')
      }
    }
    const sql = new Proxy(path.db.sql, {
      apply: (target, _self, args: [TemplateStringsArray, ...unknown[]]) => {
        // Fragments and names are no calls.
        if (Array.isArray(args[0]) && /^\s*(delete|select|update|insert)/.test(String(args[0][0]))) step()
        return Reflect.apply(target, undefined, args)
      },
    })
    const db = Object.assign(Object.create(path.db) as typeof path.db, {
      sql,
      transact: async (act: Parameters<Database['transact']>[0]) => {
        step()
        return path.db.transact(act)
      },
    })
    const buffer = Object.assign(Object.create(path.buffer) as typeof path.buffer, {
      remove: async (id: string) => {
        step()
        return path.buffer.remove(id)
      },
    })
    const archive = Object.assign(Object.create(path.archive) as ArchiveStore, {
      removePrefix: async (prefix: string) => {
        step()
        return path.archive.removePrefix(prefix)
      },
    })
    const recordings = { archive, forget: () => {} } as unknown as typeof path.recordings
    return { stores: { db, buffer, recordings }, died: () => isDead }
  }

  test('is finished by the sweep, wherever it was', async () => {
    for (let n = 1; ; n++) {
      const session = await closed(100)
      await path.archiveSession(session.sessionId)
      await mark(session)
      const { stores, died } = dyingAt(n)
      await eraseSession(stores, session.sessionId).catch(() => {})
      if (!died()) break
      await expect(session.row()).rejects.toThrow('no such session')
      await retention(path.retention)
      await expectGone(session)
      expect(n).toBeLessThan(50)
    }
  })

  test('two at once leave one tombstone', async () => {
    const session = await closed()
    await Promise.all([1, 2, 3].map(() => erase(session)))
    expect(
      await path.world.sql`select 1 from access_log where session_id = ${session.sessionId}`,
    ).toHaveLength(1)
    await expectGone(session)
  })
})

test('[R14] erased sessions are looked at again for a week, ever more rarely', async () => {
  const session = await closed(100)
  await erase(session)
  const { sql } = path.world
  const lookedAtAfter = async (age: string) => {
    await sql`update access_log set at = now() - ${age}::interval where session_id = ${session.sessionId}`
    return (await erasedLately(path.db, 30_000)).includes(session.sessionId)
  }
  expect(await lookedAtAfter('10 seconds')).toBe(true)
  expect(await lookedAtAfter('14 minutes 30 seconds')).toBe(true)
  expect(await lookedAtAfter('20 minutes')).toBe(false)
  expect(await lookedAtAfter('3 hours 10 seconds')).toBe(true)
  expect(await lookedAtAfter('3 hours 10 minutes')).toBe(false)
  expect(await lookedAtAfter('8 days')).toBe(false)
  await sql`insert into access_log (role, sub, action, session_id) values ('proctor', 'p', 'read', ${session.sessionId})`
  await removeLeftovers(path.stores, session.sessionId)
  expect(await sql`select action from access_log where session_id = ${session.sessionId}`).toEqual([
    { action: 'erase' },
  ])
})
