import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Appender } from '../../server/ingest/appender.js'
import { type BufferSession, bufferSession, openTestBuffer } from '../support/buffer-session.js'
import { testServices } from '../support/services.js'
import { openBuffer, START_MS } from '../support/stores.js'

let open: Awaited<ReturnType<typeof openTestBuffer>>
let session: BufferSession
beforeAll(async () => {
  open = await openTestBuffer()
})
afterAll(() => open.close())
afterEach(() => vi.restoreAllMocks())
beforeEach(async () => {
  session = bufferSession(open.buffer)
  await session.enter({ 1: 0, 2: 0 })
})

test('[I3] batches of one turn go in in their order, however many calls they take', async () => {
  const appender = new Appender(open.buffer, () => START_MS)
  const batches = Array.from({ length: 600 }, (_, i) => session.batch(1, i + 1, 1))
  const answers = await Promise.all(batches.map((batch) => appender.append(batch)))
  expect(answers.map((answer) => answer.kind === 'ok' && answer.firstSessionSeq)).toEqual(
    batches.map((batch) => batch.firstSeq),
  )
})

test('batches of one turn go in together, whatever shard each is of, and each answer is that of its own', async () => {
  const sessions = Array.from({ length: 40 }, () => bufferSession(open.buffer))
  for (const one of sessions) await one.enter({ 1: 0 })
  expect(new Set(sessions.map((one) => one.shard)).size).toBeGreaterThan(1)
  const calls = vi.spyOn(open.buffer, 'append')
  const appender = new Appender(open.buffer, () => START_MS)
  const counts = sessions.map((_, i) => (i % 5) + 1)
  const answers = await Promise.all(
    sessions.map((one, i) => appender.append(one.batch(1, 1, counts[i] as number))),
  )
  // Of a single Redis one.
  const places = new Set(sessions.map((one) => open.buffer.placeOf(one.sessionId)))
  expect(calls).toHaveBeenCalledTimes(places.size)
  expect(answers.map((answer) => answer.kind === 'ok' && answer.receivedSeq)).toEqual(counts)
  for (const [i, one] of sessions.entries()) {
    expect(await one.events()).toHaveLength(counts[i] as number)
    expect(await open.buffer.schedules.dueSessions(one.shard, START_MS * 2, 1_000_000)).toContain(
      one.sessionId,
    )
    const { bytes } = (await open.buffer.meta(one.sessionId)) as { bytes: number }
    expect(bytes).toBe(Buffer.byteLength(one.batch(1, 1, counts[i] as number).lines))
  }
})

test('[I7] a session whose keys Redis refuses stops none of those that came with it', async () => {
  const sessions = Array.from({ length: 9 }, () => bufferSession(open.buffer))
  for (const one of sessions) await one.enter({ 1: 0 })
  const broken = sessions[4] as BufferSession
  await open.buffer.redis.set(broken.keys.meta, 'not a hash')
  const appender = new Appender(open.buffer, () => START_MS)
  const answers = await Promise.allSettled(sessions.map((one) => appender.append(one.batch(1, 1, 2))))
  for (const [i, one] of sessions.entries()) {
    if (one === broken) expect(answers[i]).toMatchObject({ reason: { kind: 'refused', code: 'WRONGTYPE' } })
    else {
      expect(answers[i]).toMatchObject({
        value: { kind: 'ok', receivedSeq: 2, skipped: 0, firstSessionSeq: 1 },
      })
      expect(await one.events()).toHaveLength(2)
    }
  }
})

test('large ones too, and a refusal in between stops none of the others [I7]', async () => {
  const appender = new Appender(open.buffer, () => START_MS)
  const large = (source: number, firstSeq: number) =>
    session.batch(source, firstSeq, [{ data: 'x'.repeat(1_500_000) }])
  const answers = await Promise.all(
    [large(1, 1), large(1, 2), large(9, 1), large(1, 5), large(2, 1), large(1, 3), large(2, 2)].map((batch) =>
      appender.append(batch),
    ),
  )
  expect(answers.map((answer) => answer.kind)).toEqual(['ok', 'ok', 'unknown', 'gap', 'ok', 'ok', 'ok'])
  expect((await session.events()).map((event) => event.slice(0, 3))).toEqual([
    [1, 1, 1],
    [2, 1, 2],
    [3, 2, 1],
    [4, 1, 3],
    [5, 2, 2],
  ])
})

test('[I8] what waits for a Redis that is away is bounded, and the bound is free again afterwards', async () => {
  const away = await openBuffer(testServices().redisUrl, 'away:')
  away.redis.disconnect()
  const appender = new Appender(away, () => START_MS)
  const batch = session.batch(1, 1, [{ data: 'x'.repeat(10_000_000) }])
  const tries = () => Promise.allSettled(Array.from({ length: 20 }, () => appender.append(batch)))
  for (const results of [await tries(), await tries()]) {
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'ok'))
    expect(codes.filter((code) => code === 'APPEND_QUEUE_FULL')).toHaveLength(6)
    expect(codes[0]).not.toBe('APPEND_QUEUE_FULL')
  }
})
