import type { RedisOptions } from 'ioredis'

const CLUSTER = /^(rediss?)\+cluster:$/

/** Where a cluster is. */
export interface ClusterAddress {
  /** That are asked first; they tell of the others. */
  nodes: { host: string; port: number }[]
  /** What the connections to all nodes share: who they are of, and TLS. */
  ofServer: Pick<RedisOptions, 'username' | 'password' | 'tls'>
}

/** Whether it is one `redis://…`, or `redis+cluster://…` once or several times, separated by commas; `rediss` with TLS. */
export const isRedisUrl = (text: string): boolean => {
  const urls = text.split(',')
  if (!urls.every((url) => URL.canParse(url) && new URL(url).hostname !== '')) return false
  const protocols = new Set(urls.map((url) => new URL(url).protocol))
  const [protocol] = protocols
  if (protocols.size !== 1 || protocol === undefined) return false
  return CLUSTER.test(protocol) || (urls.length === 1 && /^rediss?:$/.test(protocol))
}

/** Reads what {@link isRedisUrl} accepts; null for a single Redis. Name and password are those of the first node. */
export function readClusterUrl(text: string): ClusterAddress | null {
  const urls = text.split(',').map((url) => new URL(url))
  const [first] = urls
  const scheme = first && CLUSTER.exec(first.protocol)?.[1]
  if (!first || !scheme) return null
  const { username, password } = first
  return {
    nodes: urls.map(({ hostname, port }) => ({ host: hostname, port: Number(port || 6379) })),
    ofServer: {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(scheme === 'rediss' ? { tls: {} } : {}),
    },
  }
}
