import { expect } from 'vitest'
import { openArchive } from '../../db/archive/open-archive.js'
import { Recordings } from '../../db/archive/recordings.js'
import { startEpoch } from '../../db/epochs.js'
import { readEvents } from '../../db/read-events.js'
import { createSession, getSession, registerSource, requestClose } from '../../db/sessions.js'
import { flushShard } from '../../workers/flush/flush-shard.js'
import type { UpkeepContext } from '../../workers/sweep/upkeep.js'
import { anId, batchOf, openBuffer, openTestDatabase, START_MS, type TestEvent } from './stores.js'
import { makeWorld } from './world.js'

/** Longer than any flush is put off, so that after it everything buffered is due. */
const ALL_IS_DUE_AFTER_MS = 60_000

export const GRACE_MS = 60_000

/**
 * The path from the buffer into PostgreSQL with nobody else on it: a gateway's and a worker's own functions called
 * in this process, one step at a time, under a clock that only the test moves.
 */
export async function openPath() {
  const world = await makeWorld()
  const db = openTestDatabase(world.databaseUrl)
  const buffer = await openBuffer(world.redisUrl, world.prefix)
  const recordings = new Recordings(openArchive(world.archiveUrl))
  const clock = { nowMs: START_MS }
  const archivesDue: string[] = []
  const asked = { flushes: [] as number[], archives: [] as string[] }
  const context: UpkeepContext = {
    db,
    buffer,
    policy: { closeGraceMs: GRACE_MS },
    clock: () => clock.nowMs,
    abandonedAfterMs: 30 * 60_000,
    gapAfterMs: 120_000,
    closesAtTimeUp: false,
    jobs: {
      flush: async (shard) => void asked.flushes.push(shard),
      archive: async (sessionId) => void asked.archives.push(sessionId),
      close: async () => {},
    },
    traces: null,
    onArchiveDue: async (sessionId) => void archivesDue.push(sessionId),
  }

  /** A session with `sources` writers that are let in, and short words for what happens to it. */
  async function aSession(sources = 1) {
    const { row } = await createSession(db, { candidateId: anId() })
    const sessionId = row.id
    for (let n = 1; n <= sources; n++) {
      await registerSource(db, sessionId, { role: 'candidate', sub: 'c', sourceId: `s${n}` }, null)
    }
    let epoch = (await startEpoch(db, buffer, context.policy, sessionId, 0, clock.nowMs)) as number
    const shard = buffer.keys.shardOf(sessionId)
    const self = {
      sessionId,
      shard,
      append: async (source: number, firstSeq: number, events: number | TestEvent[]) => {
        const batch = batchOf({ sessionId, epoch, source, firstSeq }, events)
        const [answer] = await buffer.append([batch], clock.nowMs)
        return answer
      },
      /** What a gateway does whose batch ran into another epoch. */
      catchUp: async () => {
        epoch = (await self.meta()).epoch
        return epoch
      },
      meta: async () => {
        const meta = await buffer.meta(sessionId)
        if (meta === null) throw new Error('the buffer does not know the session')
        return meta
      },
      row: async () => {
        const found = await getSession(db, sessionId)
        if (found === null) throw new Error('no such session')
        return found
      },
      rows: () =>
        world.sql<{ seq: number; type: string; source: number; place: number; data: unknown }[]>`
          select seq::int, type, source, source_seq::int as place, data from session_events
          where session_id = ${sessionId} order by seq`,
      watermarks: async () => {
        const found = await world.sql<{ source: number; seq: number }[]>`
          select source, committed_seq::int as seq from session_sources
          where session_id = ${sessionId} order by source`
        return found.map((s) => s.seq)
      },
      held: async () => Object.fromEntries(await buffer.heldFrom(sessionId)),
      /** Takes the batch that was promised `seq` out of the buffer, as a Redis that lost it would. */
      lose: (seq: number) => buffer.redis.xdel(buffer.keys.stream(shard, sessionId), `${epoch}-${seq}`),
      read: (afterSeq = 0) => readEvents({ db, buffer, recordings }, sessionId, { afterSeq, limit: 5000 }),
      close: async (at = clock.nowMs) => {
        await requestClose(db, sessionId, 'COMPLETED', new Date(at))
        await buffer.seal(sessionId, at, at + GRACE_MS, clock.nowMs)
      },
      /** Redis as it is now; what is returned puts it back, as a restart on an old AOF does. */
      photograph: async () => {
        const keys = [buffer.keys.meta(shard, sessionId), buffer.keys.stream(shard, sessionId)]
        const dumps = await Promise.all(keys.map((key) => buffer.redis.dumpBuffer(key)))
        return async () => {
          await buffer.redis.del(...keys)
          for (const [i, key] of keys.entries()) if (dumps[i]) await buffer.redis.restore(key, 0, dumps[i])
          await buffer.schedules.makeDue(sessionId, clock.nowMs)
        }
      },
      /** Flushes the session's shard as if all that is buffered had been due. */
      flush: () => {
        clock.nowMs += ALL_IS_DUE_AFTER_MS
        return flushShard(context, shard)
      },
      /** [I3] seqs 1…count, each source in its own order without hole or double, and the row's count agrees. */
      expectWhole: async (count: number) => {
        const rows = await self.rows()
        expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
        const next = new Map<number, number>()
        for (const { source, place } of rows) {
          expect([source, place]).toEqual([source, (next.get(source) ?? 0) + 1])
          next.set(source, place)
        }
        expect((await self.row()).eventCount).toBe(count)
        return rows
      },
    }
    return self
  }

  return {
    world,
    db,
    buffer,
    clock,
    context,
    archivesDue,
    asked,
    aSession,
    /** One more session of the same shard. */
    aNeighbourOf: async (session: { shard: number }) => {
      let other = await aSession()
      while (other.shard !== session.shard) other = await aSession()
      return other
    },
    reset: () => {
      clock.nowMs = START_MS
      archivesDue.length = 0
      asked.flushes.length = 0
      asked.archives.length = 0
    },
    close: async () => {
      await db[Symbol.asyncDispose]()
      await buffer[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

export type Path = Awaited<ReturnType<typeof openPath>>
export type PathSession = Awaited<ReturnType<Path['aSession']>>
