import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventBuffer } from '../../db/buffer/event-buffer.js'
import { type BufferSession, bufferSession, openTestBuffer } from '../support/buffer-session.js'
import { anId, START_MS } from '../support/stores.js'

const NOW = START_MS

let open: Awaited<ReturnType<typeof openTestBuffer>>
let buffer: EventBuffer
beforeAll(async () => {
  open = await openTestBuffer()
  buffer = open.buffer
})
afterAll(() => open.close())

let session: BufferSession
beforeEach(async () => {
  session = bufferSession(buffer)
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
    expect(await buffer.schedules.sessionsWithHoles(NOW)).toContain(session.sessionId)
    expect(await buffer.schedules.sessionsWithHoles(NOW - 1)).not.toContain(session.sessionId)
    // What counts is the lowest that could still be sent, since when and until when it was tried.
    for (const firstSeq of [9, 4, 6]) await session.append(1, firstSeq, 1, 0, NOW + firstSeq)
    expect((await session.meta()).fields.g1).toBe(`4:${NOW}:${NOW + 6}`)
    // Whoever goes on where it said has no hole any more.
    await session.append(1, 3, 3)
    expect((await session.meta()).fields).not.toHaveProperty('g1')
  })

  test('[I7] each batch of a call is judged alone, also of several sessions', async () => {
    // The same shard, as one call serves one shard.
    let other = bufferSession(buffer)
    while (other.shard !== session.shard) other = bufferSession(buffer)
    const strangers = other.batch(1, 1, 1)
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
    await buffer.redis.hset(session.keys.meta, 'run', 'another')
    expect(await session.append(1, 1, 1)).toMatchObject({ kind: 'epoch' })
    expect(await session.events()).toEqual([])
  })

  test('says who watches and how much waits', async () => {
    expect(await session.append(1, 1, 3)).toMatchObject({ watchedUntilMs: 0, backlogEvents: 3 })
    await buffer.redis.hset(session.keys.meta, 'watchedUntilMs', NOW + 5)
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
    expect(await buffer.schedules.dueSessions(shard, NOW + 9999, 1000)).not.toContain(session.sessionId)
    expect(await buffer.schedules.dueSessions(shard, NOW + 10_000, 1000)).toContain(session.sessionId)
    expect(await buffer.schedules.dueShards(NOW + 10_000)).toContain(shard)
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
    await buffer.schedules.makeDue(session.sessionId, NOW + 1)
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

  test('[I8] what is asked of one source says nothing of the others', async () => {
    await session.append(1, 1, [{ timestampMs: NOW }])
    const head = await buffer.head(session.sessionId, ['r1', 'r3'])
    const { fields, onlineUntilMs, ...meta } = (await buffer.meta(session.sessionId)) ?? { fields: {} }
    expect(head).toEqual({ ...meta, fields: expect.objectContaining({ r1: '1' }) })
    expect(Object.keys(head?.fields ?? {}).filter((name) => /\d$/.test(name))).toEqual(['r1'])
    expect(await buffer.head(anId(), ['r1'])).toBeNull()
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

test('nothing is left of a session that was removed', async () => {
  await session.append(1, 1, 2)
  await session.append(1, 9, 1)
  await buffer.remove(session.sessionId)
  expect(await buffer.meta(session.sessionId)).toBeNull()
  expect(await buffer.read(session.sessionId, 10)).toBeNull()
  expect(await session.dueAt()).toBeNull()
  expect(await buffer.schedules.sessionsWithHoles(NOW)).not.toContain(session.sessionId)
  expect((await open.keys()).filter((key) => key.includes(session.sessionId))).toEqual([])
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
    await session.lose(3)
    session.epoch = 2
    await session.enter({ 1: 2, 2: 0 })
    expect(await session.meta()).toMatchObject({ headSeq: 2, committedSeq: 2 })
    expect(await forget(session.epoch)).toBe(false)
    expect(await session.held()).toEqual({ 1: 4 })
  })

  test('and with it what presence left where the buffer was gone', async () => {
    await buffer.remove(session.sessionId)
    await buffer.redis.hset(session.keys.meta, 'o:connection', NOW)
    expect(await forget(null)).toBe(true)
    expect(await buffer.redis.exists(session.keys.meta)).toBe(0)
  })
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
