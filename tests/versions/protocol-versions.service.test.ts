import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { generateEvents, seeded } from '../support/generate.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'
import { ANSWERS, type EventOf1, startServerOf1, typesOf } from './protocol-1.js'

const SEED = Number(process.env.TEST_SEED ?? 20261126)
const LIMITS_OF_1 = {
  maxBatchEvents: 500,
  maxBatchBytes: 2_097_152,
  maxEventBytes: 1_048_576,
  maxInFlightBatches: 8,
}

describe('[R18] a recorder of protocol version 1', () => {
  test('records into this server, and finds in each answer what it reads', async () => {
    await using world = await makeWorld({ env: { FLUSH_DUE_MS: '100' } })
    const server = await world.startServer()
    await world.startWorker()
    const { id, candidateToken } = await world.createSession(server)
    const tab = await connectCandidate(server.url, {
      token: candidateToken,
      sourceId: 'tab-of-1',
      protocol: 1,
    })
    expect(typesOf(tab.welcome, ANSWERS.welcome)).toEqual(ANSWERS.welcome)
    expect(typesOf(tab.welcome.limits, ANSWERS.limits)).toEqual(ANSWERS.limits)
    const now = Date.now()
    const events: EventOf1[] = [
      {
        type: 'code_edit',
        timestamp: now,
        data: { changes: [[0, 0, 'a']], origin: 'typed' },
        fileId: 'a.js',
      },
      { type: 'terminal_output', timestamp: now + 1, data: { output: '$ ' } },
      { type: 'custom:step', timestamp: now + 2, data: { n: 1 }, checkpoint: true },
    ]
    const gap = await tab.batch({ firstSeq: 2, events })
    expect(typesOf(gap, ANSWERS.gap)).toEqual(ANSWERS.gap)
    expect(gap).toMatchObject({ ok: false, code: 'BATCH_GAP', expectedSeq: 1 })
    const taken = await tab.batch({ firstSeq: 1, events })
    expect(typesOf(taken, ANSWERS.batch)).toEqual(ANSWERS.batch)
    expect(taken).toMatchObject({ ok: true, receivedSeq: 3 })
    // Resent, as after a lost answer.
    expect(await tab.batch({ firstSeq: 1, events })).toMatchObject({ ok: true, receivedSeq: 3 })
    const committed = await waitFor('the commit', async () => {
      const marks = await tab.watermark()
      expect(typesOf(marks, ANSWERS.watermark)).toEqual(ANSWERS.watermark)
      return marks.committedSeq === 3 && marks
    })
    expect(committed.receivedSeq).toBe(3)
    const clock = await tab.socket.timeout(5_000).emitWithAck('clock')
    expect(typesOf(clock, ANSWERS.clock)).toEqual(ANSWERS.clock)
    tab.close()
    expect((await world.readAll(server, id)).map(({ type, data }) => [type, data])).toEqual(
      events.map(({ type, data }) => [type, data]),
    )
  })

  test('one of a version that nobody speaks yet is refused with a code and the versions there are', async () => {
    await using world = await makeWorld()
    const server = await world.startServer()
    const { candidateToken: token } = await world.createSession(server)
    await expect(
      connectCandidate(server.url, { token, sourceId: 'tab', protocol: 99 }),
    ).rejects.toMatchObject({
      code: 'PROTOCOL_UNSUPPORTED',
      message: expect.stringMatching(/\b1\b/),
    })
  })
})

test(`[R18] [I2] this recorder records into a server of protocol version 1, also when the connection breaks (seed ${SEED})`, async () => {
  await using server = await startServerOf1(LIMITS_OF_1)
  const traceparent = () => `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
  const recorder = createRecorder({ url: server.url, token: 'a-token', traceparent })
  const events = generateEvents(600, seeded(SEED))
  for (const [i, event] of events.entries()) {
    recorder.record(event)
    if (i % 200 === 150) {
      await waitFor('some to be there', () => server.kept.length > i / 2)
      server.cut()
    }
  }
  await recorder.whenCommitted()
  await recorder.close({ waitFor: 'nothing' })
  expect(server.refused).toEqual([])
  expect(server.handshakes.length).toBeGreaterThan(1)
  expect(new Set(server.handshakes.map(({ protocol }) => protocol))).toEqual(new Set([1]))
  expect(server.kept.map(({ type, data, fileId }) => [type, data, fileId])).toEqual(
    events.map(({ type, data, fileId }) => [type, data, fileId]),
  )
})
