import { setTimeout as delay } from 'node:timers/promises'

/** A node is taken for dead after so long; its replica is master within about as long again. */
export const NODE_TIMEOUT_MS = 1_000
const SLOTS = 16_384
const FORMED_WITHIN_MS = 30_000

/** @typedef {{ port: number, busPort: number }} ClusterNode on loopback */

/**
 * What a node is started with, beside what any Redis is.
 * @param {ClusterNode} node
 * @returns {Record<string, string | number>}
 */
export const clusterConfig = ({ port, busPort }) => ({
  'cluster-enabled': 'yes',
  'cluster-config-file': `nodes-${port}.conf`,
  'cluster-port': busPort,
  'cluster-node-timeout': NODE_TIMEOUT_MS,
  // A replica takes over however long it has not heard of its master: what it lacks comes again.
  'cluster-replica-validity-factor': 0,
  // Shards whose master lives go on.
  'cluster-require-full-coverage': 'no',
})

/**
 * Makes a cluster of nodes that run and know nothing yet: the first ones are masters, each further one a replica, by turns.
 * @param {ClusterNode[]} nodes
 * @param {{ Redis: typeof import('ioredis').Redis, masters: number, password?: string }} options `Redis`: given, since it is not
 *   there yet when this file is loaded on a bare machine
 * @throws where it is not whole after 30 s
 */
export async function formCluster(nodes, { Redis, masters, password }) {
  const clients = nodes.map(
    ({ port }) => new Redis({ port, host: '127.0.0.1', ...(password === undefined ? {} : { password }) }),
  )
  // Refused until it listens; ioredis tries again.
  for (const client of clients) client.on('error', () => {})
  const ask = (/** @type {number} */ i, /** @type {(string | number)[]} */ ...args) =>
    /** @type {import('ioredis').Redis} */ (clients[i]).call('CLUSTER', ...args.map(String))
  try {
    const ids = /** @type {string[]} */ (await Promise.all(nodes.map((_, i) => ask(i, 'MYID'))))
    const others = nodes.slice(1)
    await Promise.all(others.map(({ port, busPort }) => ask(0, 'MEET', '127.0.0.1', port, busPort)))
    const knows = async (/** @type {number} */ i, /** @type {(nodes: string) => boolean} */ what) =>
      what(String(await ask(i, 'NODES')))
    await each(clients, (_, i) => knows(i, (known) => ids.every((id) => known.includes(id))))
    for (let i = 0; i < masters; i++) {
      const [from, to] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / masters))
      await ask(i, 'ADDSLOTSRANGE', /** @type {number} */ (from), /** @type {number} */ (to) - 1)
    }
    await Promise.all(
      nodes
        .slice(masters)
        .map((_, i) => ask(masters + i, 'REPLICATE', /** @type {string} */ (ids[i % masters]))),
    )
    await each(clients, async (client, i) => {
      if (!String(await ask(i, 'INFO')).includes('cluster_state:ok')) return false
      return i < masters || (await client.info('replication')).includes('master_link_status:up')
    })
    // Each has to know of each replica, else the first who asks it hears of a part.
    await each(clients, (_, i) =>
      knows(i, (known) => [...known.matchAll(/ (myself,)?slave /g)].length === nodes.length - masters),
    )
  } finally {
    for (const client of clients) client.disconnect()
  }
}

/**
 * Waits until something holds for each of them.
 * @param {import('ioredis').Redis[]} clients
 * @param {(client: import('ioredis').Redis, i: number) => Promise<boolean>} holds
 */
async function each(clients, holds) {
  const deadlineMs = Date.now() + FORMED_WITHIN_MS
  while (!(await Promise.all(clients.map(holds))).every(Boolean)) {
    if (Date.now() > deadlineMs) throw new Error('The Redis Cluster did not come together.')
    await delay(50)
  }
}
