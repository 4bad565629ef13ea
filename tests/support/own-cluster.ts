import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectRedis, redisReady } from '../../db/redis.js'
import { clusterConfig, formCluster } from '../../scripts/bare/redis-cluster.mjs'
import { freePort } from './own-redis.js'
import { redisServer } from './services.js'

/** A Redis Cluster of the test's own, three masters with a replica each, durable as in production. */
export interface OwnCluster extends AsyncDisposable {
  readonly url: string
  /** Kills the node that is master of a key now, and returns what starts it again. */
  killMasterOf(key: string): Promise<() => Promise<void>>
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
  await formCluster(nodes, { masters: MASTERS })
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

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
