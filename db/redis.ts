import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { StoreError } from './errors.js'
import { readClusterUrl } from './redis-url.js'

/** One Redis, or a Redis Cluster. Commands of a cluster go to where their first key lives. */
export type RedisClient = Redis | Cluster

export const isCluster = (redis: RedisClient): redis is Cluster => redis instanceof Cluster

/**
 * How a connection comes back. Redis is near, and its return is to be noticed at once: recorders wait for it. While it reads its
 * file it names whole seconds to wait for, longer than most files take.
 *
 * And how it is found to be gone: of a host that has vanished the system tells after a quarter of an hour, and after two
 * hours where nothing is sent [I5].
 */
const ofConnection = {
  maxLoadingRetryTime: 250,
  // Longer than any command of ours may take, and than the job queues' blocking ones (10 s).
  socketTimeout: 20_000,
  keepAlive: 10_000,
}
export const comeBack = {
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), MOST_RETRY_MS),
  ...ofConnection,
}
const MOST_RETRY_MS = 250

/**
 * A cluster's client looks for its masters anew so often, and tries a command of a master that has died so often and so far
 * apart: for a second and a half. Commands that may be tried twice only [R1].
 */
const inCluster = {
  clusterRetryStrategy: comeBack.retryStrategy,
  slotsRefreshInterval: 2_000,
  maxRedirections: 16,
  retryDelayOnFailover: 100,
  retryDelayOnClusterDown: 100,
} satisfies ClusterOptions

interface ConnectionTraits {
  /** Of each connection to a server. */
  ofServer: Pick<
    RedisOptions,
    'connectionName' | 'autoResendUnfulfilledCommands' | 'maxRetriesPerRequest' | 'commandTimeout'
  >
  lazyConnect?: boolean
  /** Without it, a command fails at once while Redis is away. */
  enableOfflineQueue?: boolean
  /** Hears of a cluster's sharded channels. */
  shardedSubscribers?: boolean
}

function open(url: string, { ofServer, ...traits }: ConnectionTraits): RedisClient {
  const cluster = readClusterUrl(url)
  const redis =
    cluster === null
      ? new Redis(url, { ...ofServer, ...comeBack, ...traits })
      : new Cluster(cluster.nodes, {
          ...inCluster,
          ...traits,
          redisOptions: { ...ofServer, ...cluster.ofServer, ...ofConnection },
        })
  // Without a listener an 'error' event ends the process; the commands that fail carry the cause.
  redis.on('error', () => {})
  return redis
}

/**
 * A connection that fails at once while Redis is away instead of queueing: whoever calls holds the data and is
 * told to keep it. Unanswered commands are not resent after a reconnect either, since the caller resends.
 */
export const connectRedis = (url: string, name: string): RedisClient =>
  open(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    ofServer: {
      connectionName: name,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 15_000,
    },
  })

/**
 * A connection for the Socket.IO adapter. Subscriptions come back by themselves after a reconnect; what was
 * published meanwhile is lost, which watchers notice by the seqs.
 */
export const connectPubSub = (url: string, name: string): RedisClient =>
  open(url, {
    // Without it nobody hears of a cluster's sharded channels, which the adapter uses.
    shardedSubscribers: true,
    ofServer: {
      connectionName: name,
      maxRetriesPerRequest: null,
      // A relay that could not leave at once is worth nothing later.
      autoResendUnfulfilledCommands: false,
    },
  })

/** A cluster's client for BullMQ, which waits on it for jobs; null where the URL is that of a single Redis. */
export const connectClusterQueues = (
  url: string,
  traits: { enableOfflineQueue?: boolean },
): RedisClient | null =>
  readClusterUrl(url) && open(url, { ...traits, ofServer: { maxRetriesPerRequest: null } })

/** Waits until Redis has answered once, so that a start does not race its first command against the connection. */
export async function redisReady(redis: RedisClient, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  if (redis.status === 'wait') await redis.connect().catch(() => {})
  while (redis.status !== 'ready') {
    if (Date.now() > deadline) throw new StoreError('unavailable', 'redis', 'NOT_READY')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Throws where none of its masters answers. One that died in a cluster is replaced by a replica, and the others go on. */
export async function pingRedis(redis: RedisClient): Promise<void> {
  await Promise.any((isCluster(redis) ? redis.nodes('master') : [redis]).map((node) => node.ping()))
}

/** One answer of each master. */
export const askMasters = <T>(redis: RedisClient, ask: (node: Redis) => Promise<T>): Promise<T[]> =>
  Promise.all((isCluster(redis) ? redis.nodes('master') : [redis]).map(ask))
