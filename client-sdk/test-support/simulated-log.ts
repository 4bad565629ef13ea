import type { DeliveredEvent, RecordedEvent } from '../../protocol/events.js'
import type { ServerEnd, SimulatedServer } from './simulated-link.js'
import type { VirtualTime } from './virtual-time.js'

export interface LogFaults {
  /** Share of live batches that a watcher never gets. */
  lostLive: number
  /** Share of HTTP requests that fail. */
  failedPages: number
  /** Live batches overtake each other by up to so much. */
  liveSpreadMs: number
  pageMs: number
}

export const NO_LOG_FAULTS: LogFaults = { lostLive: 0, failedPages: 0, liveSpreadMs: 0, pageMs: 0 }

/**
 * The watchers' side of the service as its contract describes it, for one session: a log whose tail above
 * `committedSeq` can be lost, whereupon a new epoch begins and other events take the seqs that are free again.
 */
export class SimulatedLog implements SimulatedServer {
  epoch = 1
  committedSeq = 0
  isDown = false
  faults: LogFaults = NO_LOG_FAULTS
  refusal: { code: string; message: string } | null = null
  readonly events: DeliveredEvent[] = []
  /** Presence stops; only what a watcher asks tells it anything. */
  isSilent = false
  fetches = 0
  /** Of the committed events, the share that its keyframe has; null: a service that knows of none. */
  keyframeShare: number | null = null
  readonly #watchers = new Set<ServerEnd>()
  #made = 0

  constructor(
    readonly time: VirtualTime,
    readonly random: () => number,
  ) {
    const tell = () => {
      if (!this.isSilent) this.#push('presence', this.presence())
      time.after(5000, tell)
    }
    tell()
  }

  /** The session's log as a reader should end up with it. */
  get log(): unknown[] {
    return this.events.map((event, i) => ({ ...event, seq: i + 1 }))
  }

  append(count: number): void {
    const firstSeq = this.events.length + 1
    const added = Array.from({ length: count }, () => this.#make())
    this.events.push(...added)
    const { epoch } = this
    for (const end of this.#watchers) {
      if (this.random() < this.faults.lostLive) continue
      const live = { sessionId: 's', epoch, firstSeq, events: added }
      this.time.after(this.random() * this.faults.liveSpreadMs, () => end.push('events', live))
    }
  }

  commit(): void {
    this.committedSeq = this.events.length
  }

  loseBuffer(keptShare: number): void {
    this.epoch++
    const buffered = this.events.length - this.committedSeq
    this.events.length = this.committedSeq + Math.floor(buffered * keptShare)
  }

  presence() {
    const { epoch, committedSeq, events } = this
    const headSeq = events.length
    return {
      sessionId: 's',
      epoch,
      headSeq,
      committedSeq,
      candidate: 'online',
      lastEventAtMs: null,
      watchers: 1,
    }
  }

  cutAll(): void {
    for (const end of [...this.#watchers]) end.cut()
    this.#watchers.clear()
  }

  freezeAll(): void {
    for (const end of this.#watchers) end.freeze()
  }

  handshake(_auth?: Record<string, unknown>): { code: string; message: string } | null {
    return this.isDown ? { code: 'TRY_LATER', message: 'down' } : null
  }

  connected(_end?: ServerEnd): void {}

  received(end: ServerEnd, event: string, _args: readonly unknown[], ack: (answer: unknown) => void): void {
    if (this.isDown || event !== 'watch') return
    if (this.refusal) {
      ack({ ok: false, ...this.refusal })
      return
    }
    this.#watchers.add(end)
    const { epoch, committedSeq } = this
    ack({ ok: true, epoch, headSeq: this.events.length, committedSeq, presence: this.presence() })
  }

  closed(end: ServerEnd): void {
    this.#watchers.delete(end)
  }

  /** Read now, answered after a while, by when another epoch may have begun. */
  readonly fetch = (async (address: string) => {
    const { pathname, searchParams } = new URL(address)
    const { status, body } = pathname.endsWith('/keyframe') ? this.#keyframe() : this.#page(searchParams)
    const text = JSON.stringify(body)
    await new Promise<void>((resolve) => this.time.after(this.random() * this.faults.pageMs, resolve))
    return { ok: status === 200, status, headers: new Headers(), text: async () => text }
  }) as unknown as typeof globalThis.fetch

  #isFailed(): boolean {
    return this.isDown || this.random() < this.faults.failedPages
  }

  #keyframe() {
    if (this.#isFailed()) return AWAY
    if (this.keyframeShare === null)
      return { status: 404, body: { error: { code: 'NOT_FOUND', message: '' } } }
    const throughSeq = Math.floor(this.committedSeq * this.keyframeShare)
    return { status: 200, body: { keyframe: throughSeq === 0 ? null : { throughSeq } } }
  }

  #page(query: URLSearchParams) {
    this.fetches++
    const afterSeq = Number(query.get('afterSeq'))
    const limit = Math.min(Number(query.get('limit')), 40)
    if (this.#isFailed()) return AWAY
    const last = Math.min(this.events.length, afterSeq + limit)
    const events = this.events.slice(afterSeq, last).map((event, i) => ({ ...event, seq: afterSeq + 1 + i }))
    const nextAfterSeq = last < this.events.length ? last : null
    return { status: 200, body: { epoch: this.epoch, events, nextAfterSeq } }
  }

  #push(event: string, payload: unknown): void {
    for (const end of this.#watchers) end.push(event, payload)
  }

  #make(): DeliveredEvent {
    const n = ++this.#made
    return {
      type: 'custom:n',
      timestamp: n,
      data: n,
      fileId: null,
      checkpoint: false,
      source: 1,
      sourceSeq: n,
    }
  }
}

const AWAY = { status: 503, body: { error: { code: 'TRY_LATER', message: 'a store is away' } } }

/** What a page does with what its watcher tells: keeps the events, forgets at a reset, notices disorder. */
export class Follower {
  readonly events: RecordedEvent[] = []
  readonly violations: string[] = []
  resets = 0
  /** Of the history that a keyframe leaves out, it has the events up to here. */
  historySeq = 0

  readonly onEvents = (events: RecordedEvent[]): void => {
    if (events.length === 0) this.violations.push('a delivery of nothing')
    for (const event of events) {
      if (event.seq !== this.events.length + 1) {
        this.violations.push(`seq ${event.seq} came after ${this.events.length}`)
      }
      this.events.push(event)
    }
  }

  /** What the keyframe has leaves room for its history. */
  readonly begin = {
    onKeyframe: ({ throughSeq }: { throughSeq: number }): boolean => {
      if (this.events.length > 0) this.violations.push('a keyframe behind events')
      this.events.length = throughSeq
      return true
    },
    onHistory: (events: RecordedEvent[]): void => {
      for (const event of events) {
        if (event.seq !== this.historySeq + 1)
          this.violations.push(`history ${event.seq} after ${this.historySeq}`)
        this.historySeq = event.seq
        this.events[event.seq - 1] = event
      }
    },
  }

  readonly onReset = (keptThroughSeq: number): void => {
    this.resets++
    if (keptThroughSeq >= this.events.length) this.violations.push('a reset that drops nothing')
    this.events.length = Math.min(keptThroughSeq, this.events.length)
  }
}
