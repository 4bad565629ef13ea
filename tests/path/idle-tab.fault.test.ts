import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { connectRedis, redisReady } from '../../db/redis.js'
import { startOwnRedis } from '../support/own-redis.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

test('[R17][I2] a tab that stood idle while Redis was emptied goes on recording, though its session was given up', async () => {
  const redis = await startOwnRedis()
  try {
    const env = { FLUSH_DUE_MS: '200', SWEEP_EVERY_MS: '300', ABANDONED_AFTER_MS: '1000' }
    await using world = await makeWorld({ redisUrl: redis.url, env })
    const server = await world.startServer()
    await world.startWorker()
    const session = await world.createSession(server)
    const recorder = createRecorder({ url: server.url, token: session.candidateToken })
    recorder.record({ type: 'custom:x', data: 'before' })
    await recorder.whenCommitted()
    const client = connectRedis(redis.url, 'test')
    await redisReady(client, 5_000)
    // What says that the tab is there is gone with the rest, and nobody puts it back before the tab has something to say.
    await client.flushall()
    client.disconnect()
    await waitFor('it to be given up', async () => {
      return (await world.getSession(server, session.id)).status === 'ABANDONED'
    })
    recorder.record({ type: 'custom:x', data: 'after' })
    await recorder.whenCommitted()
    expect((await world.getSession(server, session.id)).status).toBe('ACTIVE')
    const events = await world.readAll(server, session.id)
    expect(events.map(({ data, flags }) => [data, flags])).toEqual([
      ['before', undefined],
      ['after', undefined],
    ])
    await recorder.close({ waitFor: 'nothing' })
  } finally {
    await redis.remove()
  }
})
