import { cp, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import type { Recorder } from '../../client-sdk/src/recorder-types.js'
import { createWatcher } from '../../client-sdk/src/watcher.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { checkRecording, NOTHING_FOUND, sameRecording } from '../support/checker.js'
import { type GeneratedEvent, generateEvents, seeded } from '../support/generate.js'
import { startOwnRedis } from '../support/own-redis.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const SEED = Number(process.env.TEST_SEED ?? 20261122)

interface Interview {
  sessionId: string
  recorder: Recorder
  sent: GeneratedEvent[]
  watched: RecordedEvent[]
  watcher: ReturnType<typeof createWatcher>
}

async function startInterview(world: World, server: ProductProcess): Promise<Interview> {
  const session = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  const watched: RecordedEvent[] = []
  const watcher = createWatcher({
    url: server.url,
    token: await world.token('proctor'),
    sessionId: session.id,
    onEvents: (events) => watched.push(...events),
    onReset: (keptThroughSeq) => watched.splice(keptThroughSeq),
  })
  await watcher.whenCaughtUp()
  return { sessionId: session.id, recorder, sent: [], watched, watcher }
}

async function record(interview: Interview, events: GeneratedEvent[]): Promise<void> {
  for (const event of events) interview.recorder.record(event)
  interview.sent.push(...events)
  await interview.recorder.whenReceived()
}

const seen = (interview: Interview, count: number) =>
  waitFor('the watcher to see them', () => interview.watched.length >= count)

test(`[I2][I3][I4][R3] Redis put back to an older file: no event lost, watchers forget what is gone (seed ${SEED})`, async () => {
  const redis = await startOwnRedis()
  const copy = `${redis.folder}-older`
  try {
    // Not due for long: the flush comes when the test asks for it.
    await using world = await makeWorld({
      redisUrl: redis.url,
      env: { FLUSH_DUE_MS: '600000', FLUSH_DUE_EVENTS: '100000', SWEEP_EVERY_MS: '500' },
    })
    const server = await world.startServer()
    await world.startWorker()
    const random = seeded(SEED)
    const staying = await startInterview(world, server)
    const leaving = await startInterview(world, server)
    for (const interview of [staying, leaving]) await record(interview, generateEvents(60, random))
    await cp(redis.folder, copy, { recursive: true })

    // Committed behind the copy's back, and then received only.
    await record(staying, generateEvents(40, random))
    await world.call(server, 'POST', `/v1/sessions/${staying.sessionId}/events?wait=committed`, {
      body: { events: [{ type: 'custom:other', timestamp: Date.now(), data: 1 }] },
      headers: { 'idempotency-key': 'one' },
    })
    for (const interview of [staying, leaving]) await record(interview, generateEvents(50, random))
    await seen(staying, 151)
    await seen(leaving, 110)
    await leaving.recorder.close({ waitFor: 'nothing' })

    await redis.kill()
    await rm(redis.folder, { recursive: true })
    await cp(copy, redis.folder, { recursive: true })
    await redis.start()

    await record(staying, generateEvents(30, random))
    // Nobody sends into this one any more: its watcher still has to learn that the last fifty are gone.
    await waitFor('the watcher to forget', () => leaving.watched.length === 60)

    for (const { sessionId, watcher, watched } of [staying, leaving]) {
      const closed = await world.call<{ status: string }>(server, 'POST', `/v1/sessions/${sessionId}/close`, {
        body: { status: 'COMPLETED' },
      })
      expect(closed).toMatchObject({ status: 200, body: { status: 'COMPLETED' } })
      const kept = await world.readAll(server, sessionId)
      await waitFor('the watcher to have all', () => watched.length === kept.length)
      expect(sameRecording(watched, kept)).toEqual([])
      watcher.stop()
    }
    const kept = await world.readAll(server, staying.sessionId)
    const { sources } = await world.getSession(server, staying.sessionId)
    const numberOf = (id: string) => sources.find((s) => s.sourceId === id)?.source
    const sent = { sourceId: staying.recorder.sourceId, events: staying.sent }
    expect(checkRecording([sent], kept, numberOf)).toEqual(NOTHING_FOUND)
    expect(kept).toHaveLength(181)
    await staying.recorder.close({ waitFor: 'nothing' })
  } finally {
    await redis.remove()
    await rm(copy, { recursive: true, force: true })
  }
})
