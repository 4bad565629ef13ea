import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'

/**
 * Whom to count a request for: the address it came from, or, behind proxies of one's own, the one that they name in
 * X-Forwarded-For. Each proxy adds to that header's end whom it heard from, so `proxies` counts from there, and what
 * the client itself wrote in front is never believed.
 */
export function addressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, proxies: number): string {
  const remote = request.socket.remoteAddress ?? 'unknown'
  if (proxies === 0) return networkOf(remote)
  const header = request.headers['x-forwarded-for']
  const named = [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  const chain = [remote, ...named.reverse()]
  return networkOf(chain[Math.min(proxies, chain.length - 1)] as string)
}

/** Who has an IPv6 address has the 2^64 of its network: they count as one. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address.slice(0, 64)
  const [head = '', tail] = (address.split('%')[0] as string).split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = [...groups, ...new Array(Math.max(0, 8 - groups.length - last.length)).fill('0'), ...last]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
