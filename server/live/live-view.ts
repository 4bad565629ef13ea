import type { BufferMeta, EventBuffer } from '../../db/buffer/event-buffer.js'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import { shardOf } from '../../db/buffer/keys.js'
import type { DeliveredEvent } from '../../protocol/events.js'
import type { LiveEvents } from '../../protocol/socket-events.js'
import type { AppendedBatch } from '../ingest/ingest.js'
import { PresenceBook, RENEW_EVERY_MS, type WatcherCounts } from './presence.js'
import type { ProctorNamespace } from './proctor-socket.js'
import { watchRoom } from './rooms.js'
import type { ConnectedPage, SecondDevices } from './second-device.js'
import type { UntoldMessages } from './untold-messages.js'

/** Batches that wait for a watcher's socket. */
const MAX_WAITING_PACKETS = 2000
/**
 * Sessions are renewed by turns, a part of them every 250 ms and each every RENEW_EVERY_MS. All at once, what recorders sent
 * meanwhile waited for all of it: 6.5 ms with 200 sessions, before any of the 200 presences is sent; a turn takes 0.6 ms.
 */
const TURNS = 20

export interface LiveViewOptions {
  namespace: ProctorNamespace
  buffer: EventBuffer
  nodeId: string
  idleAfterMs: number
  clock: () => number
  devices: SecondDevices
  untold: UntoldMessages
  /** Starts a new epoch of a session where its buffer is gone or was made under another Redis; null: no such session. */
  ensureEpoch: (sessionId: string, meta: BufferMeta | null) => Promise<number | null>
  /** A watcher is cut off. */
  onTooSlow: () => void
  log: (error: unknown, where: string) => void
}

/**
 * What this node shows to watchers: batches as they are appended, presence when it changes and every few
 * seconds. Live is a fast path on top of a log: whatever gets lost here, watchers notice by the seqs.
 */
export class LiveView {
  readonly presence: PresenceBook
  private readonly turns: Turn[] = Array.from({ length: TURNS }, () => ({
    watchers: new Map(),
    pages: new Map(),
  }))
  private nextTurn = 0
  private quietUntilMs = 0
  private readonly timer: NodeJS.Timeout

  constructor(private readonly options: LiveViewOptions) {
    this.presence = new PresenceBook(options.buffer, options.nodeId, options.idleAfterMs, options.clock)
    this.timer = setInterval(() => this.renewNext(), RENEW_EVERY_MS / TURNS)
  }

  /** Sends an appended batch to the session's watchers on all nodes. */
  relay(batch: AppendedBatch): void {
    const live: LiveEvents = {
      sessionId: batch.sessionId,
      epoch: batch.epoch,
      firstSeq: batch.firstSessionSeq,
      events: batch.lines.map((line, i) => delivered(line, batch, i)),
    }
    this.options.namespace.to(watchRoom(batch.sessionId)).emit('events', live)
  }

  /** A candidate's connection came or went: watchers everywhere hear of it at once. */
  async candidateChanged(page: ConnectedPage, online: boolean): Promise<void> {
    const { sessionId, connectionId } = page
    const { pages } = this.turnOf(sessionId)
    try {
      if (online) {
        pages.set(connectionId, page)
        await this.presence.renewOnline([page])
      } else {
        pages.delete(connectionId)
        this.options.devices.disconnected(connectionId)
        this.options.untold.disconnected(connectionId)
        await this.presence.dropOnline(sessionId, connectionId)
      }
      const meta = await this.options.buffer.meta(sessionId)
      if (meta === null) return
      // It may have gone while its lease was written.
      if (online && pages.has(connectionId)) {
        this.options.devices.connected(page, meta)
        this.options.untold.pageConnected(page, meta)
      }
      this.announce(sessionId, meta)
    } catch (error) {
      this.options.log(error, 'presence')
    }
  }

  /**
   * A socket of `sub` began or ceased to watch. Throws StoreError: a watcher must not be told ok while batches would
   * not be relayed to it.
   */
  async watcherChanged(sessionId: string, sub: string, by: 1 | -1): Promise<void> {
    const { watchers } = this.turnOf(sessionId)
    const counts = new Map(watchers.get(sessionId))
    const count = (counts.get(sub) ?? 0) + by
    if (count > 0) counts.set(sub, count)
    else counts.delete(sub)
    if (counts.size === 0) watchers.delete(sessionId)
    else watchers.set(sessionId, counts)
    await this.presence.renewWatched(new Map([[sessionId, counts]]))
    const meta = await this.options.buffer.meta(sessionId)
    if (meta !== null) this.announce(sessionId, meta)
  }

  stop(): void {
    clearInterval(this.timer)
    this.options.untold.stop()
  }

  private turnOf(sessionId: string): Turn {
    return this.turns[shardOf(sessionId, TURNS)] as Turn
  }

  private announce(sessionId: string, meta: BufferMeta): void {
    if (meta.watchedUntilMs < this.options.clock()) return
    this.options.namespace.to(watchRoom(sessionId)).emit('presence', this.presence.read(sessionId, meta))
  }

  /**
   * A watcher that does not take what it is sent would fill this process's memory [I8]: it is cut off, comes back
   * and reads what it missed over HTTP.
   */
  private dropSlowWatchers(): void {
    for (const socket of this.options.namespace.sockets.values()) {
      // Engine.IO has no public word for what still waits for the transport.
      const { writeBuffer } = socket.conn as unknown as { writeBuffer: unknown[] }
      if (writeBuffer.length <= MAX_WAITING_PACKETS) continue
      this.options.onTooSlow()
      socket.disconnect(true)
    }
  }

  private async renewNext(): Promise<void> {
    const turn = this.turns[this.nextTurn] as Turn
    this.nextTurn = (this.nextTurn + 1) % TURNS
    if (this.nextTurn === 0) this.dropSlowWatchers()
    try {
      if (this.nextTurn === 0) await this.options.devices.check()
      await this.renew(turn)
    } catch (error) {
      // Once a round, not once a turn, while Redis is away.
      if (this.options.clock() < this.quietUntilMs) return
      this.quietUntilMs = this.options.clock() + RENEW_EVERY_MS
      this.options.log(error, 'presence')
    }
  }

  /** Each node renews its own leases and tells its own watchers; no node speaks for another. */
  private async renew({ pages, watchers }: Turn): Promise<void> {
    const { buffer, namespace } = this.options
    await this.presence.renewOnline([...pages.values()])
    if (watchers.size === 0) return
    await this.presence.renewWatched(watchers)
    const watched = [...watchers.keys()]
    const metas = await buffer.metas(watched)
    for (const [i, meta] of metas.entries()) {
      const sessionId = watched[i] as string
      // A Redis that came back older has lost what watchers saw under the same epoch, and where nobody sends any
      // more nobody else would notice [R3]. The next round tells them of the new one.
      if (meta?.runId !== (await buffer.runId(sessionId))) {
        const epoch = await this.options.ensureEpoch(sessionId, meta)
        // Erased: who still watches it is told so when it comes again [R14].
        if (epoch === null) namespace.local.in(watchRoom(sessionId)).disconnectSockets(true)
        else await this.presence.renewWatched(new Map([[sessionId, watchers.get(sessionId) ?? new Map()]]))
      } else {
        const presence = this.presence.read(sessionId, meta)
        namespace.local.to(watchRoom(sessionId)).emit('presence', presence)
      }
    }
  }
}

/** What is renewed together. */
interface Turn {
  /** This node's watchers by session. */
  watchers: Map<string, WatcherCounts>
  /** This node's connections of candidates, by their ids. */
  pages: Map<string, ConnectedPage>
}

function delivered(text: string, batch: AppendedBatch, i: number): DeliveredEvent {
  const line = decodeEventLine(text)
  const flags = [...(line.meta?.flags ?? []), ...(batch.late ? (['late'] as const) : [])]
  return {
    type: line.type,
    timestamp: line.timestampMs,
    data: JSON.parse(line.dataJson),
    fileId: line.fileId,
    checkpoint: line.checkpoint,
    source: batch.source,
    sourceSeq: batch.firstSourceSeq + i,
    ...(line.meta?.rawTimestamp === undefined ? {} : { rawTimestamp: line.meta.rawTimestamp }),
    ...(flags.length > 0 ? { flags } : {}),
    ...(line.meta?.replaces === undefined ? {} : { replaces: line.meta.replaces }),
    ...(line.meta?.original === undefined ? {} : { original: line.meta.original }),
  }
}
