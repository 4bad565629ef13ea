import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BufferedAppend, type EpochStart, sourcesOf } from '../../db/buffer/event-buffer.js'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import { type OwnRedis, startOwnRedis } from '../support/own-redis.js'
import { testServices } from '../support/services.js'
import { anId, batchOf, openBuffer, openBufferOn, START_MS, type TestEvent } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'

type Buffer = Awaited<ReturnType<typeof openBuffer>>
const prefix = `b${randomBytes(6).toString('hex')}:`
const NOW = START_MS

let buffer: Buffer
beforeAll(async () => {
  buffer = await openBuffer(testServices().redisUrl, prefix)
})
afterAll(async () => {
  const keys = await buffer.redis.keys(`${prefix}*`)
  if (keys.length > 0) await buffer.redis.del(...keys)
  await buffer[Symbol.asyncDispose]()
})

/** One session of the buffer, with short words for what a gateway and a worker do to it. */
function aSession(of: () => Buffer = () => buffer) {
  const sessionId = anId()
  const identity = (source: number) => JSON.stringify(['candidate', 'c', `source-${source}`])
  const self = {
    sessionId,
    epoch: 1,
    enter: async (committed: Record<number, number>, start: Partial<EpochStart> = {}, nowMs = NOW) => {
      const sources = Object.entries(committed).map(([source, committedSeq]) => ({
        source: Number(source),
        identity: identity(Number(source)),
        committedSeq,
      }))
      const committedSeq = sources.reduce((sum, s) => sum + s.committedSeq, 0)
      const whole = {
        sessionId,
        epoch: self.epoch,
        committedSeq,
        sealedMs: null,
        graceUntilMs: null,
        sources,
      }
      const epoch = await of().enterEpoch({ ...whole, ...start }, nowMs)
      self.epoch = epoch
      return epoch
    },
    admit: async (
      source: number,
      fence: 'raise' | 'none' | number = 'none',
      { committedSeq = 0, identity: named = identity(source), nowMs = NOW } = {},
    ) => {
      const known = { source, identity: named, committedSeq }
      const answer = await of().admit(sessionId, self.epoch, known, fence, nowMs)
      if (typeof answer === 'string') throw new Error(answer)
      return answer
    },
    batch: (source: number, firstSeq: number, events: number | TestEvent[], fence = 0) =>
      batchOf({ sessionId, epoch: self.epoch, source, fence, firstSeq }, events),
    append: (source: number, firstSeq: number, events: number | TestEvent[], fence = 0, nowMs = NOW) =>
      self.send([self.batch(source, firstSeq, events, fence)], nowMs).then(([answer]) => answer),
    send: (batches: BufferedAppend[], nowMs = NOW) =>
      of().append(of().keys.shardOf(sessionId), batches, nowMs),
    /** What a flush would read: the promised seq, the place in the source and the data of each event. */
    events: async () => {
      const read = await of().read(sessionId, 1000)
      return (read?.batches ?? []).flatMap((b) =>
        b.lines.map((line, i) => [
          b.firstSeq + i,
          b.source,
          b.firstSourceSeq + i,
          JSON.parse(decodeEventLine(line).dataJson),
        ]),
      )
    },
    meta: async () => {
      const meta = await of().meta(sessionId)
      if (meta === null) throw new Error('the buffer does not know the session')
      return meta
    },
    trim: (committedSeq: number, sources: Record<number, number>, keepFromSeq = committedSeq + 1) =>
      of().trim(
        {
          sessionId,
          epoch: self.epoch,
          committedSeq,
          keepFromSeq,
          committedBytes: 0,
          moreIsDue: false,
          sources: Object.entries(sources).map(([source, seq]) => ({
            source: Number(source),
            committedSeq: seq,
          })),
        },
        NOW,
      ),
    dueAt: async () => {
      const score = await of().redis.zscore(of().keys.dirty(of().keys.shardOf(sessionId)), sessionId)
      return score === null ? null : Number(score)
    },
    keys: () => {
      const shard = of().keys.shardOf(sessionId)
      return { meta: of().keys.meta(shard, sessionId), stream: of().keys.stream(shard, sessionId) }
    },
  }
  return self
}
type Session = ReturnType<typeof aSession>

let session: Session
beforeEach(async () => {
  session = aSession()
  await session.enter({ 1: 0, 2: 0 })
})

describe('append', () => {
  test('gives the next seqs, in the order of arrival over all sources', async () => {
    expect(await session.append(1, 1, 2)).toMatchObject({ kind: 'ok', receivedSeq: 2, firstSessionSeq: 1 })
    expect(await session.append(2, 1, 1)).toMatchObject({ kind: 'ok', receivedSeq: 1, firstSessionSeq: 3 })
    expect(await session.append(1, 3, 1)).toMatchObject({ kind: 'ok', receivedSeq: 3, firstSessionSeq: 4 })
    expect(await session.events()).toEqual([
      [1, 1, 1, '1:1'],
      [2, 1, 2, '1:2'],
      [3, 2, 1, '2:1'],
      [4, 1, 3, '1:3'],
    ])
  })

  test('[I3] a batch that comes again changes nothing', async () => {
    await session.append(1, 1, 3)
    const before = await session.meta()
    expect(await session.append(1, 1, 3)).toMatchObject({ kind: 'ok', receivedSeq: 3, skipped: 3 })
    expect(await session.append(1, 2, 1)).toMatchObject({ kind: 'ok', receivedSeq: 3, skipped: 1 })
    expect(await session.meta()).toEqual(before)
    expect(await session.events()).toHaveLength(3)
  })

  test('[I3] of a batch that overlaps, only the new part is taken', async () => {
    await session.append(1, 1, 3)
    expect(await session.append(1, 2, 4)).toMatchObject({
      kind: 'ok',
      receivedSeq: 5,
      firstSessionSeq: 4,
      skipped: 2,
    })
    expect(await session.events()).toEqual([1, 2, 3, 4, 5].map((n) => [n, 1, n, `1:${n}`]))
  })

  test('[R6] a gap is refused, says where to go on, and is remembered', async () => {
    await session.append(1, 1, 2)
    expect(await session.append(1, 5, 1)).toEqual({ kind: 'gap', expectedSeq: 3 })
    expect(await session.events()).toHaveLength(2)
    expect(await buffer.sessionsWithHoles(NOW)).toContain(session.sessionId)
    expect(await buffer.sessionsWithHoles(NOW - 1)).not.toContain(session.sessionId)
    // What counts is the lowest that could still be sent, since when and until when it was tried.
    for (const firstSeq of [9, 4, 6]) await session.append(1, firstSeq, 1, 0, NOW + firstSeq)
    expect((await session.meta()).fields.g1).toBe(`4:${NOW}:${NOW + 6}`)
    // Whoever goes on where it said has no hole any more.
    await session.append(1, 3, 3)
    expect((await session.meta()).fields).not.toHaveProperty('g1')
  })

  test('[I7] each batch of a call is judged alone, also of several sessions', async () => {
    const other = aSession()
    // The same shard, as one call serves one shard.
    while (buffer.keys.shardOf(other.sessionId) !== buffer.keys.shardOf(session.sessionId)) {
      other.sessionId = anId()
    }
    const strangers = { ...other.batch(1, 1, 1), sessionId: other.sessionId }
    const answers = await session.send([
      session.batch(1, 1, 1),
      strangers,
      session.batch(9, 1, 1),
      session.batch(1, 7, 1),
      { ...session.batch(1, 2, 1), epoch: 7 },
      session.batch(1, 2, 1, 5),
      session.batch(1, 2, 2),
      session.batch(2, 1, 1),
    ])
    expect(answers.map((a) => a.kind)).toEqual([
      'ok',
      'unknown',
      'unknown',
      'gap',
      'epoch',
      'superseded',
      'ok',
      'ok',
    ])
    expect((await session.events()).map((e) => e[0])).toEqual([1, 2, 3, 4])
  })

  test('[R3] under another epoch nothing is taken, and the right one is named', async () => {
    const old = session.batch(1, 1, 1)
    session.epoch = 5
    await session.enter({ 1: 0, 2: 0 })
    expect(await session.send([old])).toEqual([{ kind: 'epoch', epoch: 5 }])
    expect(await session.events()).toEqual([])
  })

  test('[R3] under another run of Redis than the epoch was made in, nothing is taken', async () => {
    await buffer.redis.hset(session.keys().meta, 'run', 'another')
    expect(await session.append(1, 1, 1)).toMatchObject({ kind: 'epoch' })
    expect(await session.events()).toEqual([])
  })

  test('says who watches and how much waits', async () => {
    expect(await session.append(1, 1, 3)).toMatchObject({ watchedUntilMs: 0, backlogEvents: 3 })
    await buffer.redis.hset(session.keys().meta, 'watchedUntilMs', NOW + 5)
    expect(await session.append(1, 4, 1)).toMatchObject({ watchedUntilMs: NOW + 5, backlogEvents: 4 })
  })

  test('[R8] what a line holds comes back as it went in', async () => {
    const data = 'a\0\ud83d\t\n\r\u2028😀"\\'
    await session.append(1, 1, [{ data }, { data: '' }])
    expect((await session.events()).map((e) => e[3])).toEqual([data, ''])
  })
})

describe('a flush is due', () => {
  test('after a while, with the first event; more events do not put it off', async () => {
    await session.append(1, 1, 1)
    expect(await session.dueAt()).toBe(NOW + 10_000)
    await session.append(1, 2, 1, 0, NOW + 5000)
    expect(await session.dueAt()).toBe(NOW + 10_000)
    const shard = buffer.keys.shardOf(session.sessionId)
    expect(await buffer.dueSessions(shard, NOW + 9999, 1000)).not.toContain(session.sessionId)
    expect(await buffer.dueSessions(shard, NOW + 10_000, 1000)).toContain(session.sessionId)
    expect(await buffer.dueShards(NOW + 10_000)).toContain(shard)
  })

  test('at once with the hundredth event', async () => {
    await session.append(1, 1, 99)
    expect(await session.dueAt()).toBe(NOW + 10_000)
    await session.append(2, 1, 1, 0, NOW + 7)
    expect(await session.dueAt()).toBe(NOW + 7)
  })

  test('on request, and not at all when nothing new came', async () => {
    await session.append(1, 1, 1)
    await session.trim(1, { 1: 1 })
    expect(await session.dueAt()).toBeNull()
    await session.append(1, 1, 1)
    expect(await session.dueAt()).toBeNull()
    await session.append(1, 2, 1)
    await buffer.makeDue(session.sessionId, NOW + 1)
    expect(await session.dueAt()).toBe(NOW + 1)
  })
})

describe('sources and fences', () => {
  test('a source comes in at its watermark, and again at the higher of both', async () => {
    expect(await session.admit(3, 'none', { committedSeq: 7 })).toMatchObject({
      receivedSeq: 7,
      committedSeq: 7,
      fence: 0,
    })
    await session.append(3, 8, [{ timestampMs: NOW - 3 }, { timestampMs: NOW - 2 }])
    expect(await session.admit(3, 'none', { committedSeq: 7 })).toMatchObject({
      receivedSeq: 9,
      committedSeq: 7,
      lastTimestampMs: NOW - 2,
    })
  })

  test('a newer connection shuts out the older one, also where Redis forgot both', async () => {
    const first = await session.admit(1, 'raise')
    const second = await session.admit(1, 'raise')
    expect(second.fence).toBeGreaterThan(first.fence)
    expect(await session.append(1, 1, 1, first.fence)).toEqual({ kind: 'superseded' })
    expect(await session.append(1, 1, 1, second.fence)).toMatchObject({ kind: 'ok' })

    await buffer.remove(session.sessionId)
    session.epoch = 2
    await session.enter({ 1: 0 })
    // Whoever comes back first, the newer one has the last word.
    await session.admit(1, second.fence)
    await session.admit(1, first.fence)
    expect(await session.append(1, 1, 1, first.fence)).toEqual({ kind: 'superseded' })
    expect(await session.append(1, 1, 1, second.fence)).toMatchObject({ kind: 'ok' })
  })

  test('a connection made after a loss is newer than all from before it', async () => {
    const before = await session.admit(1, 'raise')
    const newest = await session.admit(1, 'raise')
    await buffer.remove(session.sessionId)
    session.epoch = 2
    await session.enter({ 1: 0 })
    const after = await session.admit(1, 'raise', { nowMs: NOW + 100 })
    await session.admit(1, before.fence)
    await session.admit(1, newest.fence)
    expect(await session.append(1, 1, 1, newest.fence)).toEqual({ kind: 'superseded' })
    expect(await session.append(1, 1, 1, after.fence)).toMatchObject({ kind: 'ok' })
  })

  test('writers without a connection are not fenced, and fence nobody', async () => {
    const tab = await session.admit(1, 'raise')
    await session.admit(1, 'none')
    expect(await session.append(1, 1, 1, 0)).toMatchObject({ kind: 'ok' })
    expect(await session.append(1, 2, 1, tab.fence)).toMatchObject({ kind: 'ok' })
  })

  test('nobody comes in under another epoch', async () => {
    session.epoch = 9
    await expect(session.admit(1, 'raise')).rejects.toThrow('epoch')
  })
})

describe('[R12] a sealed session', () => {
  const seal = (graceMs: number) => buffer.seal(session.sessionId, NOW, NOW + graceMs, NOW)

  test('takes events from before the close within the grace, as late, and has them flushed at once', async () => {
    await seal(1000)
    expect(await session.dueAt()).toBe(NOW)
    await session.trim(0, {})
    const late = [{ timestampMs: NOW - 5 }, { timestampMs: NOW + 5 }]
    expect(await session.append(1, 1, late, 0, NOW + 1000)).toMatchObject({ kind: 'ok', late: true })
    expect((await buffer.read(session.sessionId, 10))?.batches).toMatchObject([{ late: true, count: 2 }])
    expect(await session.dueAt()).toBe(NOW + 1000)
  })

  test('takes nothing made after the close, and nothing at all after the grace', async () => {
    await session.append(1, 1, 1)
    await seal(1000)
    const later = await session.append(1, 2, [{ timestampMs: NOW + 1 }], 0, NOW + 1)
    expect(later).toEqual({ kind: 'closed' })
    const over = await session.append(1, 2, [{ timestampMs: NOW - 1 }], 0, NOW + 1001)
    expect(over).toEqual({ kind: 'closed' })
    // What it has already it still acknowledges.
    expect(await session.append(1, 1, 1, 0, NOW + 9999)).toMatchObject({ kind: 'ok', receivedSeq: 1 })
  })

  test('stays sealed over a new epoch, and is due again', async () => {
    await seal(1000)
    session.epoch = 2
    await session.enter({ 1: 0 }, { sealedMs: NOW, graceUntilMs: NOW + 1000 })
    expect(await session.meta()).toMatchObject({ sealedMs: NOW, graceUntilMs: NOW + 1000 })
    expect(await session.dueAt()).toBe(NOW)
    session.epoch = 3
    await session.enter({ 1: 0 })
    expect(await session.meta()).toMatchObject({ sealedMs: null, graceUntilMs: null })
  })

  test('one that the buffer does not know cannot be sealed', async () => {
    expect(await buffer.seal(anId(), NOW, NOW, NOW)).toBe(false)
  })
})

describe('trim', () => {
  beforeEach(async () => {
    await session.append(1, 1, 2)
    await session.append(2, 1, 2)
    await session.append(1, 3, 2)
  })

  test('removes whole batches that are committed, and moves the watermarks', async () => {
    expect(await session.trim(4, { 1: 2, 2: 2 })).toEqual({ kind: 'ok', eventsLeft: 2 })
    expect((await session.events()).map((e) => e[0])).toEqual([5, 6])
    expect(await session.meta()).toMatchObject({ committedSeq: 4, headSeq: 6 })
    expect((await session.meta()).fields).toMatchObject({ c1: '2', c2: '2', r1: '4' })
    expect(await session.append(1, 5, 1)).toMatchObject({ committedSeq: 2 })
  })

  test('never removes what is not committed, whichever trim comes late', async () => {
    await session.trim(6, { 1: 4, 2: 2 })
    await session.append(1, 5, 1)
    expect(await session.trim(4, { 1: 2, 2: 2 })).toEqual({ kind: 'ok', eventsLeft: 1 })
    expect(await session.events()).toEqual([[7, 1, 5, '1:5']])
    expect(await session.meta()).toMatchObject({ committedSeq: 6 })
    expect((await session.meta()).fields).toMatchObject({ c1: '4' })
  })

  test('a batch that is committed in part stays', async () => {
    await session.trim(3, { 1: 2, 2: 1 }, 3)
    expect((await session.events()).map((e) => e[0])).toEqual([3, 4, 5, 6])
  })

  test('[R3] does nothing under another epoch', async () => {
    session.epoch = 2
    expect(await session.trim(6, { 1: 4 })).toEqual({ kind: 'epoch' })
    expect(await session.events()).toHaveLength(6)
  })

  test.each([
    ['more than it ever promised', 9, {}],
    ['less, while nothing waits', 4, { keepFromSeq: 7 }],
  ])(
    '[R3] says so where PostgreSQL has %s',
    async (_what, committedSeq, { keepFromSeq }: { keepFromSeq?: number }) => {
      expect(await session.trim(committedSeq, { 1: 4, 2: 2 }, keepFromSeq)).toEqual({ kind: 'inconsistent' })
      expect(await session.dueAt()).not.toBeNull()
    },
  )

  test('leaves the session due while anything waits: soon if much, else after a while', async () => {
    await session.trim(4, { 1: 2, 2: 2 })
    expect(await session.dueAt()).toBe(NOW + 10_000)
    await session.append(1, 5, 100)
    await session.trim(5, { 1: 3 }, 5)
    expect(await session.dueAt()).toBe(NOW)
    await session.trim(106, { 1: 104 })
    expect(await session.dueAt()).toBeNull()
    expect(await session.meta()).toMatchObject({ bytes: 0, committedSeq: 106 })
  })
})

/** Redis as it was at an earlier moment, as after a restart that lost the tail of the AOF. */
async function photograph(of: Session) {
  const { meta, stream } = of.keys()
  const dumps = await Promise.all([meta, stream].map((key) => buffer.redis.dumpBuffer(key)))
  return async () => {
    for (const [i, key] of [meta, stream].entries()) {
      await buffer.redis.del(key)
      if (dumps[i]) await buffer.redis.restore(key, 0, dumps[i], 'REPLACE')
    }
  }
}

const heldOf = async (of: Session) => Object.fromEntries(await buffer.heldFrom(of.sessionId))

describe('[R3] a new epoch', () => {
  test('numbers what is left on top of what PostgreSQL has', async () => {
    await session.append(1, 1, 2)
    await session.append(2, 1, 3)
    session.epoch = 2
    // PostgreSQL has taken the first batch and three events of others that this buffer never had.
    expect(await session.enter({ 1: 2, 2: 0 }, { committedSeq: 5 })).toBe(2)
    expect(await session.events()).toEqual([
      [6, 2, 1, '2:1'],
      [7, 2, 2, '2:2'],
      [8, 2, 3, '2:3'],
    ])
    expect(await session.meta()).toMatchObject({ epoch: 2, headSeq: 8, committedSeq: 5 })
    expect(await session.dueAt()).toBe(NOW)
    expect(await session.append(1, 3, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 9 })
  })

  test('keeps what a batch holds beyond the committed part', async () => {
    await session.append(1, 1, 4)
    session.epoch = 2
    await session.enter({ 1: 3, 2: 0 })
    expect(await session.events()).toEqual([[4, 1, 4, '1:4']])
    session.epoch = 3
    await session.enter({ 1: 3, 2: 0 })
    expect(await session.events()).toEqual([[4, 1, 4, '1:4']])
    expect((await session.meta()).bytes).toBeGreaterThan(0)
  })

  test('after a Redis that lost everything, starts from what PostgreSQL has', async () => {
    await session.append(1, 1, 4)
    await buffer.remove(session.sessionId)
    session.epoch = 2
    expect(await session.append(1, 5, 1)).toEqual({ kind: 'unknown' })
    await session.enter({ 1: 2, 2: 0 })
    expect(await session.append(1, 5, 1)).toEqual({ kind: 'gap', expectedSeq: 3 })
    expect(await session.append(1, 3, 2)).toMatchObject({ kind: 'ok', firstSessionSeq: 3 })
  })

  test('after a Redis that came back older, gives no seq out twice and drops what was not lost', async () => {
    await session.append(1, 1, 2)
    const goBack = await photograph(session)
    await session.append(1, 3, 2)
    await session.append(2, 1, 1)
    await session.trim(5, { 1: 4, 2: 1 })
    await goBack()
    session.epoch = 2
    await session.enter({ 1: 4, 2: 1 })
    expect(await session.events()).toEqual([])
    expect(await session.meta()).toMatchObject({ headSeq: 5, committedSeq: 5 })
    expect(await session.append(1, 1, 5)).toMatchObject({ kind: 'ok', firstSessionSeq: 6, skipped: 4 })
  })

  test('[R6] behind a hole everything of that source waits, and the source goes back to before it', async () => {
    await session.append(1, 1, 2)
    await session.append(1, 3, 2)
    await session.append(2, 1, 1)
    await session.append(1, 5, 1)
    // The middle batch is lost.
    await buffer.redis.xdel(session.keys().stream, '1-3')
    session.epoch = 2
    await session.enter({ 1: 0, 2: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1', '1:2', '2:1'])
    expect(await heldOf(session)).toEqual({ 1: 5 })
    expect(await session.admit(1)).toMatchObject({ receivedSeq: 2, committedSeq: 0 })
    expect(await buffer.sessionsWithHoles(NOW)).toContain(session.sessionId)
    expect(await session.append(1, 6, 1)).toEqual({ kind: 'gap', expectedSeq: 3 })
  })

  test('[R6] what waited behind a hole comes back in when it is filled, also where the recorder is gone', async () => {
    await session.append(1, 1, 2)
    await session.append(1, 3, 2)
    await session.append(1, 5, 1)
    await buffer.redis.xdel(session.keys().stream, '1-3')
    session.epoch = 2
    await session.enter({ 1: 0 })
    await session.append(1, 3, 2)
    session.epoch = 3
    // Nothing is committed yet: the batch that waits comes right behind one that is in the buffer.
    await session.enter({ 1: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1', '1:2', '1:3', '1:4', '1:5'])
    expect(await heldOf(session)).toEqual({})
    expect(await session.append(1, 5, 2)).toMatchObject({ kind: 'ok', skipped: 1, firstSessionSeq: 6 })
  })

  test('[R6] what waited is dropped where the recorder has sent it again', async () => {
    await session.append(1, 1, 1)
    await session.append(1, 2, 1)
    await session.append(1, 3, 2)
    await buffer.redis.xdel(session.keys().stream, '1-2')
    session.epoch = 2
    await session.enter({ 1: 0 })
    await session.append(1, 2, 3)
    session.epoch = 3
    await session.enter({ 1: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1', '1:2', '1:3', '1:4'])
    expect(await heldOf(session)).toEqual({})
  })

  test('[R13] forgets sources that PostgreSQL does not know: their numbers may be given to others', async () => {
    await session.append(2, 1, 3)
    session.epoch = 2
    await session.enter({ 1: 0 })
    expect(await session.append(2, 4, 1)).toEqual({ kind: 'unknown' })
    expect(await session.admit(2)).toMatchObject({ receivedSeq: 0, committedSeq: 0 })
    expect([...sourcesOf(await session.meta()).keys()]).toEqual([1, 2])
  })

  test('[R1] [R13] a number that PostgreSQL has given twice is told, and its new owner starts afresh', async () => {
    await session.append(2, 1, 3)
    const stranger = JSON.stringify(['candidate', 'c', 'another'])
    await expect(session.admit(2, 'none', { identity: stranger })).rejects.toThrow('taken')
    session.epoch = 2
    const sources = [{ source: 2, identity: stranger, committedSeq: 0 }]
    await session.enter({}, { sources })
    expect(await session.events()).toEqual([])
    expect(await heldOf(session)).toEqual({})
    expect(await session.admit(2, 'none', { identity: stranger })).toMatchObject({ receivedSeq: 0 })
    await expect(session.admit(2)).rejects.toThrow('taken')
  })

  test('[R6] a source that came in while the epoch changed waits, and is let in with the next one', async () => {
    await session.admit(3)
    await session.append(3, 1, 2)
    await session.append(1, 1, 1)
    session.epoch = 2
    await session.enter({ 1: 0, 2: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1'])
    session.epoch = 3
    await session.enter({ 1: 0, 2: 0, 3: 0 })
    expect((await session.events()).map((e) => e[3]).sort()).toEqual(['1:1', '3:1', '3:2'])
  })

  test('of two at once the higher stands, in either order', async () => {
    await session.append(1, 1, 2)
    const old = session.batch(1, 3, 1)
    const [a, b] = [3, 2].map((epoch) => session.enter({ 1: 0, 2: 0 }, { epoch }))
    expect(await Promise.all([a, b])).toEqual([3, 3])
    expect(await session.meta()).toMatchObject({ epoch: 3, headSeq: 2 })
    const [c, d] = [4, 5].map((epoch) => session.enter({ 1: 0, 2: 0 }, { epoch }))
    expect(await Promise.all([c, d])).toEqual([4, 5])
    expect(await session.events()).toEqual([
      [1, 1, 1, '1:1'],
      [2, 1, 2, '1:2'],
    ])
    expect(await session.send([old])).toEqual([{ kind: 'epoch', epoch: 5 }])
  })

  test('entering the same one again changes nothing', async () => {
    await session.append(1, 1, 2)
    const before = await session.meta()
    expect(await session.enter({ 1: 1, 2: 0 })).toBe(1)
    expect(await session.meta()).toEqual(before)
  })
})

test('nothing is left of a session that was removed', async () => {
  await session.append(1, 1, 2)
  await session.append(1, 9, 1)
  await buffer.remove(session.sessionId)
  expect(await buffer.meta(session.sessionId)).toBeNull()
  expect(await buffer.read(session.sessionId, 10)).toBeNull()
  expect(await session.dueAt()).toBeNull()
  expect(await buffer.sessionsWithHoles(NOW)).not.toContain(session.sessionId)
  for (const key of await buffer.redis.keys(`${prefix}*${session.sessionId}*`)) expect(key).toBe('')
})

describe('[I1] a session is forgotten', () => {
  const forget = (epoch: number | null) => buffer.forget(session.sessionId, epoch)

  test('with everything committed, as it was found', async () => {
    await session.append(1, 1, 2)
    await session.trim(2, { 1: 2 })
    expect(await forget(session.epoch + 1)).toBe(false)
    expect(await forget(null)).toBe(false)
    expect(await forget(session.epoch)).toBe(true)
    expect(await buffer.meta(session.sessionId)).toBeNull()
  })

  test('not while it holds anything', async () => {
    await session.append(1, 1, 2)
    expect(await forget(session.epoch)).toBe(false)
    // The second batch is lost, the third is held back behind the hole.
    await session.append(1, 3, 1)
    await session.append(1, 4, 1)
    await buffer.redis.xdel(session.keys().stream, '1-3')
    session.epoch = 2
    await session.enter({ 1: 2, 2: 0 })
    expect(await session.meta()).toMatchObject({ headSeq: 2, committedSeq: 2 })
    expect(await forget(session.epoch)).toBe(false)
    expect(await heldOf(session)).toEqual({ 1: 4 })
  })

  test('and with it what presence left where the buffer was gone', async () => {
    await buffer.remove(session.sessionId)
    await buffer.redis.hset(session.keys().meta, 'o:connection', NOW)
    expect(await forget(null)).toBe(true)
    expect(await buffer.redis.exists(session.keys().meta)).toBe(0)
  })
})

test('[R2] a source that falls back does not keep the time of what it has to send again', async () => {
  await session.append(1, 1, [{ timestampMs: NOW }])
  await session.append(1, 2, [{ timestampMs: NOW + 1 }])
  await session.append(1, 3, [{ timestampMs: NOW + 2 }])
  await buffer.redis.xdel(session.keys().stream, '1-2')
  session.epoch = 2
  await session.enter({ 1: 0 })
  expect(await session.admit(1)).toMatchObject({ receivedSeq: 1, lastTimestampMs: null })
})

test('[I8] of a large buffer as many batches are read as fit', async () => {
  const lines = Array.from({ length: 150 }, (_, i) => ({ data: 'x'.repeat(i === 100 ? 50_000 : 100) }))
  for (const [i, line] of lines.entries()) await session.append(1, i + 1, [line])
  const perBatch = (await buffer.read(session.sessionId, 1))?.batches[0]?.bytes ?? 0
  expect(await buffer.batchesWithin(session.sessionId, 1)).toBe(1)
  expect(await buffer.batchesWithin(session.sessionId, perBatch * 70)).toBe(70)
  expect(await buffer.batchesWithin(session.sessionId, perBatch * 120)).toBe(100)
  expect(await buffer.batchesWithin(session.sessionId, 1_000_000)).toBe(150)
  expect(await buffer.batchesWithin(anId(), 1000)).toBe(1)
})

describe('a Redis of our own', () => {
  let own: OwnRedis
  let mine: Buffer
  let one: Session
  beforeAll(async () => {
    own = await startOwnRedis()
    mine = await openBuffer(own.url, 'k:')
  })
  afterAll(async () => {
    await mine[Symbol.asyncDispose]()
    await own.remove()
  })
  beforeEach(async () => {
    one = aSession(() => mine)
    await one.enter({ 1: 0 })
  })

  test('[R3] a belief about its run that has gone stale appends nothing, even on a living connection', async () => {
    // SCRIPT FLUSH empties the cache as a restart does, while the connection stays.
    await one.append(1, 1, 1)
    await mine.redis.script('FLUSH')
    await expect(one.append(1, 2, 1)).rejects.toMatchObject({ kind: 'conflict', code: 'NOSCRIPT' })
    expect(await one.events()).toHaveLength(1)
    expect(await one.append(1, 2, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 2 })
    // All other scripts carry their epoch and are sent again by themselves.
    await mine.redis.script('FLUSH')
    expect(await one.trim(2, { 1: 2 })).toEqual({ kind: 'ok', eventsLeft: 0 })
    await one.append(1, 3, 1).catch(() => {})
  })

  test('[R3] nor where another process has taught the new run its own script', async () => {
    const believer = openBufferOn(
      Object.assign(Object.create(mine.redis), { info: async () => 'run_id:before\r\n' }),
      'k:',
    )
    expect(await believer.runId()).toBe('before')
    await mine.redis.hset(one.keys().meta, 'run', 'before')
    await mine.redis.script('FLUSH')
    // Knows the run that is, and has the script loaded for it.
    await one.append(1, 1, 1).catch(() => {})
    expect(await one.append(1, 1, 1)).toMatchObject({ kind: 'epoch' })
    const shard = mine.keys.shardOf(one.sessionId)
    await expect(believer.append(shard, [one.batch(1, 1, 1)], NOW)).rejects.toMatchObject({
      code: 'NOSCRIPT',
    })
    expect(await one.events()).toEqual([])
  })

  test('[R3] [I1] killed, it comes back with what was acknowledged and takes nothing under the old epoch', async () => {
    await one.append(1, 1, 3)
    const oldRun = await mine.runId()
    // While a sync to disk is under way, Redis keeps what it writes next to itself for up to 2 s.
    await waitFor('the AOF to be written', async () =>
      /aof_buffer_length:0\r/.test(await mine.redis.info('persistence')),
    )
    await own.kill()
    await expect(one.append(1, 4, 1)).rejects.toMatchObject({ name: 'StoreError', kind: 'unavailable' })
    await own.start()
    // The connection comes back by itself; what this process believed of the run must not be used.
    const answer = await waitFor('an answer', () => one.append(1, 4, 1).catch(() => null))
    expect(answer).toEqual({ kind: 'epoch', epoch: 1 })
    expect(await mine.runId()).not.toBe(oldRun)
    expect(await one.events()).toHaveLength(3)
    one.epoch = 2
    await one.enter({ 1: 0 })
    expect(await one.append(1, 4, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 4 })
  })
})
