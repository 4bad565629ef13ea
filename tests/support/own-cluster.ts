import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { connectRedis, redisReady } from '../../db/redis.js'
import { clusterConfig, formCluster } from '../../scripts/bare/redis-cluster.mjs'
import { freePort } from './own-redis.js'
import { redisServer } from './services.js'
import { waitFor } from './wait-for.js'

/** A Redis Cluster of the test's own, three masters with a replica each, durable as in production. */
export interface OwnCluster extends AsyncDisposable {
  readonly url: string
  /** Kills the node that is master of a key now, and returns what starts it again. */
  killMasterOf(key: string): Promise<() => Promise<void>>
  /** Makes a replica master of a key, without a loss; the master that was lives on as its replica. */
  handOverMasterOf(key: string): Promise<void>
  /** Each node in turn, as an update does it: a master hands over first, is stopped, and comes back as a replica. */
  restartInTurn(): Promise<void>
}

const MASTERS = 3
const NODES = 6

export async function startOwnCluster(): Promise<OwnCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-cluster-'))
  const nodes: { port: number; busPort: number; child: ChildProcess }[] = []
  const start = (port: number, busPort: number) => {
    const config = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      appenddirname: `aof-${port}`,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
      ...clusterConfig({ port, busPort }),
    }
    const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, `${value}`])
    return spawn(redisServer(), args, { stdio: 'ignore' })
  }
  for (let i = 0; i < NODES; i++) {
    const [port, busPort] = [await freePort(), await freePort()]
    nodes.push({ port, busPort, child: start(port, busPort) })
  }
  await formCluster(nodes, { Redis, masters: MASTERS })
  const url = nodes.map(({ port }) => `redis+cluster://127.0.0.1:${port}`).join(',')
  return {
    url,
    killMasterOf: async (key) => {
      const port = await masterOf(url, key)
      const node = nodes.find((one) => one.port === port)
      if (!node) throw new Error(`no node at port ${port}`)
      await end(node.child)
      return async () => {
        node.child = start(node.port, node.busPort)
      }
    },
    handOverMasterOf: async (key) => handOver(await masterOf(url, key), nodes),
    restartInTurn: async () => {
      for (const node of nodes) {
        await handOver(node.port, nodes)
        await end(node.child, 'SIGTERM')
        node.child = start(node.port, node.busPort)
        await isReplicaInStep(node.port)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map(({ child }) => end(child)))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function masterOf(url: string, key: string): Promise<number> {
  const redis = connectRedis(url, 'test')
  try {
    await redisReady(redis, 10_000)
    const info = (await redis.eval("return redis.call('INFO', 'server')", 1, key)) as string
    return Number(/^tcp_port:(\d+)/m.exec(info)?.[1])
  } finally {
    redis.disconnect()
  }
}

/** Makes a replica of the node master, where the node is one. */
async function handOver(port: number, nodes: readonly { port: number }[]): Promise<void> {
  const next = await waitFor('a replica in step', () =>
    asked(port, async (node) => {
      const [role, , list] = (await node.role()) as unknown as [string, number, [string, string][]]
      if (role !== 'master') return 'none' as const
      const replicas = list.map(([, replicaPort]) => Number(replicaPort))
      return replicas.find((replica) => nodes.some((one) => one.port === replica))
    }),
  )
  if (next === 'none') return
  await waitFor('the replica to be master', () =>
    asked(next, async (node) => {
      if (((await node.role()) as unknown as [string])[0] === 'master') return true
      // Again until it is: the others vote for a new master of the same slots only every other second.
      await node.call('CLUSTER', 'FAILOVER').catch(() => {})
      return false
    }),
  )
}

const isReplicaInStep = (port: number) =>
  waitFor('the node to be in step', async () =>
    asked(port, async (node) => (await node.info('replication')).includes('master_link_status:up')).catch(
      () => false,
    ),
  )

async function asked<T>(port: number, ask: (node: Redis) => Promise<T>): Promise<T> {
  const node = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null })
  node.on('error', () => {})
  try {
    return await ask(node)
  } finally {
    node.disconnect()
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
