import { cp, rm } from 'node:fs/promises'
import { connectRedis, redisReady } from '../../db/redis.js'
import { type Fault, lasts } from './fault.js'

export const redisKill: Fault = {
  name: 'redis-kill',
  uses: ['redis'],
  run: async (rig) => {
    await rig.redis.kill()
    const down = await lasts(rig, 200, 8_000)
    await rig.redis.start()
    rig.say(`Redis killed, down for ${down}`)
  },
}

export const redisEmptied: Fault = {
  name: 'redis-emptied',
  uses: ['redis'],
  run: async (rig) => {
    const client = connectRedis(rig.redis.url, 'chaos')
    try {
      await redisReady(client, 5_000)
      await client.flushall()
    } finally {
      client.disconnect()
    }
    rig.say('Redis emptied with FLUSHALL')
  },
}

/** As restored from a copy: what was committed meanwhile is in PostgreSQL, what was acked meanwhile with the candidates. */
export const redisOlder: Fault = {
  name: 'redis-older',
  uses: ['redis'],
  run: async (rig) => {
    const { folder } = rig.redis
    const copy = `${folder}-older`
    try {
      await cp(folder, copy, { recursive: true })
      const age = await lasts(rig, 2_000, 12_000)
      await rig.redis.kill()
      await rm(folder, { recursive: true })
      await cp(copy, folder, { recursive: true })
      await rig.redis.start()
      rig.say(`Redis killed and put back to its file of ${age} before`)
    } finally {
      await rm(copy, { recursive: true, force: true })
    }
  },
}
