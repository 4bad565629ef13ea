import { cp, rm } from 'node:fs/promises'
import { askMasters, connectRedis, redisReady } from '../../db/redis.js'
import type { Rig } from '../chaos/rig.js'
import { type Fault, lasts } from './fault.js'

const needsOneRedis = ({ redis }: Rig) => (redis === null ? 'Redis is a cluster' : null)

export const redisKill: Fault = {
  name: 'redis-kill',
  uses: ['redis'],
  obstacle: needsOneRedis,
  run: async (rig) => {
    // It may have been acking without writing, while it waited for the disk [I1].
    rig.redisLossesAtMs.push(Date.now())
    await rig.redis?.kill()
    const down = await lasts(rig, 200, 8_000)
    await rig.redis?.start()
    rig.say(`Redis killed, down for ${down}`)
  },
}

export const redisEmptied: Fault = {
  name: 'redis-emptied',
  uses: ['redis'],
  run: async (rig) => {
    const client = connectRedis(rig.world.redisUrl, 'chaos')
    try {
      await redisReady(client, 5_000)
      rig.redisLossesAtMs.push(Date.now())
      await askMasters(client, (node) => node.flushall())
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
  obstacle: needsOneRedis,
  run: async (rig) => {
    if (rig.redis === null) return
    const { folder } = rig.redis
    const copy = `${folder}-older`
    try {
      await cp(folder, copy, { recursive: true })
      const age = await lasts(rig, 2_000, 12_000)
      rig.redisLossesAtMs.push(Date.now())
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

/** A replica takes over, and may lack what came last; the master that was comes back as its replica. */
export const redisMasterKill: Fault = {
  name: 'redis-master-kill',
  uses: ['redis'],
  obstacle: ({ cluster }) => (cluster === null ? 'Redis is no cluster' : null),
  run: async (rig) => {
    if (rig.cluster === null) return
    const slot = Math.floor(rig.random() * 1_000)
    // An append that no replica had in time was acked all the same.
    rig.redisLossesAtMs.push(Date.now())
    const startAgain = await rig.cluster.killMasterOf(`{${slot}}`)
    const down = await lasts(rig, 4_000, 12_000)
    await startAgain()
    rig.say(`A master of the Redis Cluster killed, and back as a replica after ${down}`)
  },
}
