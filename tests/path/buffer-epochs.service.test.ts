import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EventBuffer, sourcesOf } from '../../db/buffer/event-buffer.js'
import { type BufferSession, bufferSession, openTestBuffer } from '../support/buffer-session.js'
import { type OwnRedis, startOwnRedis } from '../support/own-redis.js'
import { openBuffer, openBufferOn, START_MS } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'

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
    const goBack = await session.photograph()
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
    await session.lose(3)
    session.epoch = 2
    await session.enter({ 1: 0, 2: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1', '1:2', '2:1'])
    expect(await session.held()).toEqual({ 1: 5 })
    expect(await session.admit(1)).toMatchObject({ receivedSeq: 2, committedSeq: 0 })
    expect(await buffer.schedules.sessionsWithHoles(NOW)).toContain(session.sessionId)
    expect(await session.append(1, 6, 1)).toEqual({ kind: 'gap', expectedSeq: 3 })
  })

  test('[R6] what waited behind a hole comes back in when it is filled, also where the recorder is gone', async () => {
    await session.append(1, 1, 2)
    await session.append(1, 3, 2)
    await session.append(1, 5, 1)
    await session.lose(3)
    session.epoch = 2
    await session.enter({ 1: 0 })
    await session.append(1, 3, 2)
    session.epoch = 3
    // Nothing is committed yet: the batch that waits comes right behind one that is in the buffer.
    await session.enter({ 1: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1', '1:2', '1:3', '1:4', '1:5'])
    expect(await session.held()).toEqual({})
    expect(await session.append(1, 5, 2)).toMatchObject({ kind: 'ok', skipped: 1, firstSessionSeq: 6 })
  })

  test('[R6] what waited is dropped where the recorder has sent it again', async () => {
    await session.append(1, 1, 1)
    await session.append(1, 2, 1)
    await session.append(1, 3, 2)
    await session.lose(2)
    session.epoch = 2
    await session.enter({ 1: 0 })
    await session.append(1, 2, 3)
    session.epoch = 3
    await session.enter({ 1: 0 })
    expect((await session.events()).map((e) => e[3])).toEqual(['1:1', '1:2', '1:3', '1:4'])
    expect(await session.held()).toEqual({})
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
    expect(await session.held()).toEqual({})
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

test('[R2] a source that falls back does not keep the time of what it has to send again', async () => {
  await session.append(1, 1, [{ timestampMs: NOW }])
  await session.append(1, 2, [{ timestampMs: NOW + 1 }])
  await session.append(1, 3, [{ timestampMs: NOW + 2 }])
  await session.lose(2)
  session.epoch = 2
  await session.enter({ 1: 0 })
  expect(await session.admit(1)).toMatchObject({ receivedSeq: 1, lastTimestampMs: null })
})

describe('a Redis of our own', () => {
  let own: OwnRedis
  let mine: Awaited<ReturnType<typeof openBuffer>>
  let one: BufferSession
  beforeAll(async () => {
    own = await startOwnRedis()
    mine = await openBuffer(own.url, 'k:')
  })
  afterAll(async () => {
    await mine[Symbol.asyncDispose]()
    await own.remove()
  })
  beforeEach(async () => {
    one = bufferSession(mine)
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
    expect(await believer.runId(one.sessionId)).toBe('before')
    await mine.redis.hset(one.keys.meta, 'run', 'before')
    await mine.redis.script('FLUSH')
    // Knows the run that is, and has the script loaded for it.
    await one.append(1, 1, 1).catch(() => {})
    expect(await one.append(1, 1, 1)).toMatchObject({ kind: 'epoch' })
    await expect(believer.append([one.batch(1, 1, 1)], NOW)).rejects.toMatchObject({
      code: 'NOSCRIPT',
    })
    expect(await one.events()).toEqual([])
  })

  test('[R3] [I1] killed, it comes back with what was acknowledged and takes nothing under the old epoch', async () => {
    await one.append(1, 1, 3)
    const oldRun = await mine.runId(one.sessionId)
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
    expect(await mine.runId(one.sessionId)).not.toBe(oldRun)
    expect(await one.events()).toHaveLength(3)
    one.epoch = 2
    await one.enter({ 1: 0 })
    expect(await one.append(1, 4, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 4 })
  })
})
