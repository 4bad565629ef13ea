import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
