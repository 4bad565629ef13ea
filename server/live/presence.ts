import type { BufferMeta, EventBuffer } from '../../db/buffer/event-buffer.js'
import { type Lease, writeLeases } from '../../db/buffer/leases.js'
import { StoreError } from '../../db/errors.js'
import { type CandidatePresence, MAX_WATCHER_NAMES, type Presence } from '../../protocol/socket-events.js'
import { type ConnectedPage, pageFieldName, pageFields } from './second-device.js'

/** Leases outlive two missed renewals; what a dead node leaves behind runs out by itself. */
export const LEASE_MS = 15_000
export const RENEW_EVERY_MS = 5_000

/** A node's watchers of one session: how many sockets each has, by the `sub` of their tokens. */
export type WatcherCounts = ReadonlyMap<string, number>

/**
 * Who is there, kept as leases in the session's own hash: `o:<connection>` for the recorders' connections, `d:<connection>`
 * for what pages they are of, and `w:<node>` for how many watchers a node has and who they are. `watchedUntilMs` tells the append script whether to bother anyone.
 */
export class PresenceBook {
  constructor(
    private readonly buffer: EventBuffer,
    private readonly nodeId: string,
    private readonly idleAfterMs: number,
    private readonly clock: () => number,
  ) {}

  async renewOnline(pages: readonly ConnectedPage[]): Promise<void> {
    const until = this.clock() + LEASE_MS
    await writeLeases(
      this.buffer,
      pages.map((page) => ({
        sessionId: page.sessionId,
        fields: { [`o:${page.connectionId}`]: until, ...pageFields(page) },
      })),
    )
  }

  async dropOnline(sessionId: string, connectionId: string): Promise<void> {
    await this.drop(sessionId, `o:${connectionId}`, pageFieldName(connectionId))
  }

  async renewWatched(watchers: ReadonlyMap<string, WatcherCounts>): Promise<void> {
    const until = this.clock() + LEASE_MS
    const field = `w:${this.nodeId}`
    const leases: Lease[] = []
    for (const [sessionId, counts] of watchers) {
      if (counts.size === 0) await this.drop(sessionId, field)
      else leases.push({ sessionId, fields: { [field]: watcherLease(counts, until), watchedUntilMs: until } })
    }
    await writeLeases(this.buffer, leases)
  }

  /** What the buffer's fields say now. */
  read(sessionId: string, meta: BufferMeta): Presence {
    const nowMs = this.clock()
    const online = meta.onlineUntilMs > nowMs
    let watchers = 0
    const names = new Set<string>()
    for (const [field, value] of Object.entries(meta.fields)) {
      if (!field.startsWith('w:')) continue
      const lease = readWatcherLease(value)
      if (lease.untilMs <= nowMs) continue
      watchers += lease.count
      for (const name of lease.names) names.add(name)
    }
    return {
      sessionId,
      epoch: meta.epoch,
      headSeq: meta.headSeq,
      committedSeq: meta.committedSeq,
      candidate: this.candidate(online, meta.lastEventMs, nowMs),
      lastEventAtMs: meta.lastEventMs,
      watchers,
      watchedBy: [...names].sort().slice(0, MAX_WATCHER_NAMES),
    }
  }

  private candidate(online: boolean, lastEventMs: number | null, nowMs: number): CandidatePresence {
    if (!online) return 'offline'
    return nowMs - (lastEventMs ?? nowMs) > this.idleAfterMs ? 'idle' : 'online'
  }

  private async drop(sessionId: string, ...fields: string[]): Promise<void> {
    const { keys, redis } = this.buffer
    try {
      await redis.hdel(keys.meta(keys.shardOf(sessionId), sessionId), ...fields)
    } catch {
      // It runs out by itself.
      throw new StoreError('unavailable', 'redis', 'PRESENCE')
    }
  }
}

/** `count:until:names as JSON`; the names are the last part, since they may have anything in them. */
function watcherLease(counts: WatcherCounts, untilMs: number): string {
  const count = [...counts.values()].reduce((sum, n) => sum + n, 0)
  return `${count}:${untilMs}:${JSON.stringify([...counts.keys()].slice(0, MAX_WATCHER_NAMES))}`
}

/** A node of the version before writes no names. */
function readWatcherLease(value: string): { count: number; untilMs: number; names: string[] } {
  const [, count, until, names] = /^(\d+):(\d+)(?::(.*))?$/s.exec(value) ?? []
  return {
    count: Number(count ?? 0),
    untilMs: Number(until ?? 0),
    names: names === undefined ? [] : (JSON.parse(names) as string[]),
  }
}
