import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLoad } from '../chaos/load.js'
import { eachOnce } from '../chaos/plan.js'
import { runChaos } from '../chaos/run.js'
import { redisEmptied, redisMasterKill } from '../faults/redis.js'
import { serverKill } from '../faults/servers.js'
import { bufferSession } from '../support/buffer-session.js'
import { haproxyProgram } from '../support/haproxy.js'
import { type OwnCluster, startOwnCluster } from '../support/own-cluster.js'
import { openBuffer } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'

const SEED = Number(process.env.TEST_SEED ?? 20261126)

describe('[R3] the buffer in a Redis Cluster', () => {
  let cluster: OwnCluster
  beforeAll(async () => {
    cluster = await startOwnCluster()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  test('[I1] where a replica has taken over, what was acked is there, and nothing is taken under the old epoch', async () => {
    await using buffer = await openBuffer(cluster.url, 'k:')
    const one = bufferSession(buffer)
    await one.enter({ 1: 0 })
    await one.append(1, 1, 3)
    // On a busy machine the replica may need longer than an append waits for it.
    await waitFor('the replica to be in step', async () => {
      const key = buffer.keys.chat(one.shard, one.sessionId)
      const answers = await buffer.redis.pipeline().set(key, 1).wait(1, 1_000).exec()
      return answers?.[1]?.[1] === 1
    })
    const life = await buffer.runId(one.sessionId)
    const startAgain = await cluster.killMasterOf(one.keys.meta)
    const answer = await waitFor('an answer', () => one.append(1, 4, 1).catch(() => null), 30_000)
    expect(answer).toEqual({ kind: 'epoch', epoch: 1 })
    expect(await one.events()).toHaveLength(3)
    expect(await buffer.runId(one.sessionId)).not.toBe(life)
    one.epoch = 2
    await one.enter({ 1: 0 })
    expect(await one.append(1, 4, 1)).toMatchObject({ kind: 'ok', firstSessionSeq: 4 })
    await startAgain()
  })

  test('a master that was replaced and is master again takes nothing of who believes that it always was', async () => {
    await using buffer = await openBuffer(cluster.url, 'k:')
    const one = bufferSession(buffer)
    await one.enter({ 1: 0 })
    await one.append(1, 1, 1)
    // It lives on, with the script that it knows.
    await cluster.handOverMasterOf(one.keys.meta)
    await cluster.handOverMasterOf(one.keys.meta)
    await expect(one.append(1, 2, 1)).rejects.toMatchObject({ kind: 'conflict', code: 'NOSCRIPT' })
    expect(await one.append(1, 2, 1)).toEqual({ kind: 'epoch', epoch: 1 })
    expect(await one.events()).toHaveLength(1)
  })

  test('what is asked of all shards comes from all masters', async () => {
    await using buffer = await openBuffer(cluster.url, 'all:')
    const sessions = Array.from({ length: 40 }, () => bufferSession(buffer))
    for (const session of sessions) {
      await session.enter({ 1: 0 })
      await session.append(1, 1, 2)
    }
    const ids = sessions.map(({ sessionId }) => sessionId)
    expect(new Set(ids.map((id) => buffer.keys.shardOf(id))).size).toBe(buffer.shards)
    expect((await buffer.runIds()).length).toBeGreaterThan(1)
    expect((await buffer.metas(ids)).map((meta) => meta?.headSeq)).toEqual(ids.map(() => 2))
    expect((await buffer.schedules.quietSince(Date.now() * 2, 100)).sort()).toEqual([...ids].sort())
    expect(await buffer.schedules.dueShards(Date.now() * 2)).toEqual([0, 1, 2, 3])
  })
})

test(`[I1][I2][I3][I4][R3] three servers and workers, a master of the cluster killed, a server killed, the cluster emptied: nothing lost, doubled, reordered or altered (seed ${SEED})`, async () => {
  const { findings, strikes, events, archives, sessions } = await runChaos({
    seed: SEED,
    candidates: 8,
    eventsPerSecond: 4,
    sessionMs: 10_000,
    load: await readLoad(),
    archive: 'directory',
    servers: 3,
    workers: 3,
    redisCluster: true,
    haproxy: haproxyProgram() !== null,
    pace: 0.3,
    durable: false,
    durationMs: Number.POSITIVE_INFINITY,
    plan: () => eachOnce([redisMasterKill, serverKill, redisEmptied], false),
    signal: new AbortController().signal,
    journal: { stage() {}, struck() {}, recovered() {}, progress() {} },
  })
  // How fast it came back is a machine's affair; `npm run chaos -- --redis-cluster` asks for it.
  expect(findings.filter(({ kind }) => !/late$|memory/.test(kind))).toEqual([])
  expect(strikes).toHaveLength(3)
  expect(archives).toBe(sessions)
  expect(events).toBeGreaterThan(200)
})
