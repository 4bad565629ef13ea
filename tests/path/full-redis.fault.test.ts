import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { Recorder } from '../../client-sdk/src/recorder-types.js'
import { connectRedis, redisReady } from '../../db/redis.js'
import type { BatchAck } from '../../protocol/batch.js'
import { checkRecording, NOTHING_FOUND } from '../support/checker.js'
import { type OwnRedis, startOwnRedis } from '../support/own-redis.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const MIB = 1024 * 1024
const FLUSH_OFTEN = { FLUSH_DUE_MS: '200', FLUSH_DUE_EVENTS: '50', SWEEP_EVERY_MS: '500' }

let own: OwnRedis
let redis: ReturnType<typeof connectRedis>
beforeEach(async () => {
  own = await startOwnRedis()
  redis = connectRedis(own.url, 'test')
  await redisReady(redis, 10_000)
})
afterEach(async () => {
  redis.disconnect()
  await own.remove()
})

const infoNumber = async (section: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name}:(?:count=)?(\\d+)`, 'm').exec(await redis.info(section))?.[1] ?? 0)
const oomRefusals = () => infoNumber('errorstats', 'errorstat_OOM')

interface Candidate {
  sessionId: string
  recorder: Recorder
  sent: { type: string; data: unknown }[]
}

async function startCandidates(world: World, server: ProductProcess, count: number): Promise<Candidate[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const session = await world.createSession(server)
      const recorder = createRecorder({ url: server.url, token: session.candidateToken })
      return { sessionId: session.id, recorder, sent: [] }
    }),
  )
}

/** So much of everybody, in events of 32 KiB. */
function recordAll(candidates: readonly Candidate[], bytesEach: number): void {
  for (const { recorder, sent } of candidates) {
    for (let bytes = 0; bytes < bytesEach; bytes += 32 * 1024) {
      const event = { type: 'custom:flood', data: `${sent.length} `.padEnd(32 * 1024, 'x') }
      recorder.record(event)
      sent.push(event)
    }
  }
}

async function expectAllKept(world: World, server: ProductProcess, candidates: readonly Candidate[]) {
  for (const { sessionId, recorder, sent } of candidates) {
    const { recordedSeq } = recorder.status
    await waitFor('all to be committed', () => recorder.status.committedSeq >= recordedSeq, 90_000)
    const kept = await world.readAll(server, sessionId)
    const { sources } = await world.getSession(server, sessionId)
    const numberOf = (id: string) => sources.find((s) => s.sourceId === id)?.source
    expect(checkRecording([{ sourceId: recorder.sourceId, events: sent }], kept, numberOf)).toEqual(
      NOTHING_FOUND,
    )
    await recorder.close({ waitFor: 'nothing' })
  }
}

const readiness = async (world: World, server: ProductProcess) =>
  (await world.call<{ status: string }>(server, 'GET', '/readyz', { token: null })).body.status

describe('[I5] [I8] a Redis that fills up', () => {
  test('at its budget nothing more is taken, Redis refuses nothing, and all of it drains when there is a worker', async () => {
    await redis.config('SET', 'maxmemory', `${64 * MIB}`)
    await using world = await makeWorld({
      redisUrl: own.url,
      env: { ...FLUSH_OFTEN, REDIS_BUDGET_BYTES: `${16 * MIB}` },
    })
    const server = await world.startServer()
    const candidates = await startCandidates(world, server, 6)
    recordAll(candidates, 5 * MIB)
    await waitFor('the bound to be said', () => server.output().includes('"bound":"redisBudget"'))
    await waitFor(
      'readiness to say so',
      async () => (await readiness(world, server)) === 'the buffer is full',
    )
    const authorization = `Bearer ${await world.token('service')}`
    // What Redis holds moves about its budget: one that comes a moment later may still be taken.
    const refused = await waitFor('a refusal', async () => {
      const answer = await fetch(`${server.url}/v1/sessions/${candidates[0]?.sessionId}/events`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify({ events: [{ type: 'custom:x', timestamp: Date.now(), data: 1 }] }),
      })
      return answer.status === 503 && answer
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ error: { code: 'TRY_LATER' } })
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^recorder_bound_reached_total\{bound="redisBudget"\} [1-9]/m)
    expect(metrics).toMatch(/^recorder_redis_budget_bytes 16777216$/m)
    // Held back, not lost, and far from Redis' own limit.
    expect(candidates.every(({ recorder }) => recorder.status.notKept === 0)).toBe(true)
    expect(await infoNumber('memory', 'used_memory_peak')).toBeLessThan(40 * MIB)

    await world.startWorker()
    await expectAllKept(world, server, candidates)
    await waitFor('the bound to be left', () => server.output().includes('a bound is left'))
    await waitFor('readiness to come back', async () => (await readiness(world, server)) === 'ready')
    expect(await oomRefusals()).toBe(0)
  })

  test('one that refuses all writes loses nothing, and is emptied though its job queues are refused too', async () => {
    await using world = await makeWorld({ redisUrl: own.url, env: FLUSH_OFTEN })
    const server = await world.startServer()
    const candidates = await startCandidates(world, server, 3)
    const emptyBytes = await infoNumber('memory', 'used_memory')
    recordAll(candidates, 8 * MIB)
    await Promise.all(candidates.map(({ recorder }) => recorder.whenReceived()))
    // Room enough for a Redis that is empty but for the job queues, and far too little for this one.
    await redis.config('SET', 'maxmemory', `${emptyBytes + 14 * MIB}`)
    recordAll(candidates, MIB)
    await waitFor('Redis to refuse', async () => (await oomRefusals()) > 0)
    await waitFor('recorders to be told', () =>
      candidates.some(({ recorder }) => recorder.status.error?.code === 'TRY_LATER'),
    )
    const worker = await world.startWorker()
    await expectAllKept(world, server, candidates)
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    expect(metrics).toMatch(/^recorder_flushes_without_queue_total [1-9]/m)
    expect(server.output()).not.toContain('unforeseen error')
  })
})

test('[I5] a sender that does not wait as it was asked is held back, and loses nothing', async () => {
  await using world = await makeWorld({ redisUrl: own.url, env: { BACKLOG_SLOW_EVENTS: '100' } })
  const server = await world.startServer()
  const session = await world.createSession(server)
  const auth = { token: session.candidateToken, sourceId: 's', protocol: 1 }
  const tab = await connectCandidate(server.url, auth)
  const event = { type: 'custom:x', timestamp: Date.now(), data: 1 }
  const send = (firstSeq: number, count = 1) => tab.batch({ firstSeq, events: Array(count).fill(event) })
  expect(await send(1, 150)).toMatchObject({ ok: true, retryAfterMs: expect.any(Number) })
  let seq = 150
  let answer: BatchAck = { ok: true, receivedSeq: seq, committedSeq: 0 }
  for (let batches = 0; answer.ok && batches < 1_000; batches++) {
    answer = await send(seq + 1)
    if (answer.ok) seq += 1
  }
  expect(answer).toMatchObject({ ok: false, code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
  expect((await tab.watermark()).receivedSeq).toBe(seq)
  // What was refused is taken once the wait is over.
  await waitFor('the wait to be over', async () => (await send(seq + 1)).ok)
  expect((await tab.watermark()).receivedSeq).toBe(seq + 1)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/^recorder_bound_reached_total\{bound="retryAfter"\} [1-9]/m)
  tab.close()
})
