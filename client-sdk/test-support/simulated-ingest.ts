import { LIMITS, type WireLimits } from '../../protocol/limits.js'
import type { ServerEnd, SimulatedServer } from './simulated-link.js'
import type { VirtualTime } from './virtual-time.js'

type Sent = { type: string; timestamp: number; data: unknown; fileId?: string; checkpoint?: boolean }

/** How often what goes wrong, each from 0 (never) to 1 (at every opportunity). */
export interface IngestFaults {
  tryLater: number
  slowDown: number
  tooLarge: number
  tokenExpires: number
}

export const NO_FAULTS: IngestFaults = { tryLater: 0, slowDown: 0, tooLarge: 0, tokenExpires: 0 }

/**
 * The recorder service as its contract describes it, for one session: a buffer that can lose its tail (a new
 * epoch begins) over a database that does not, one connection per source, everything else by chance.
 */
export class SimulatedIngest implements SimulatedServer {
  epoch = 1
  isDown = false
  isClosed = false
  faults: IngestFaults = NO_FAULTS
  limits: WireLimits = LIMITS
  validToken = 'token-1'
  sampling: { keystroke: number } | undefined
  /** Committed events by source. */
  readonly committed = new Map<string, Sent[]>()
  /** Received and not yet committed. */
  readonly buffered = new Map<string, Sent[]>()
  /** What must never happen, as it was noticed. */
  readonly violations: string[] = []
  readonly connections = new Map<string, { end: ServerEnd; epoch: number }>()
  #firstSeen = new Map<string, string>()

  constructor(
    readonly time: Pick<VirtualTime, 'nowMs' | 'after'>,
    readonly random: () => number,
    /** Server time minus the recorders' local time. */
    readonly clockOffsetMs = 5_000,
  ) {}

  handshake(auth: Record<string, unknown>) {
    if (this.isDown) return { code: 'TRY_LATER', message: 'down' }
    if (!auth.token) return { code: 'TOKEN_MISSING', message: 'missing' }
    if (auth.token !== this.validToken) return { code: 'TOKEN_EXPIRED', message: 'expired' }
    if (this.isClosed) return { code: 'SESSION_CLOSED', message: 'closed' }
    return null
  }

  connected(end: ServerEnd): void {
    const sourceId = String(end.auth.sourceId)
    const older = this.connections.get(sourceId)
    older?.end.push('control', { kind: 'superseded' })
    this.connections.set(sourceId, { end, epoch: 0 })
    this.time.after(this.random() * 40, () => this.welcome(end))
  }

  welcome(end: ServerEnd): void {
    const sourceId = String(end.auth.sourceId)
    const connection = this.connections.get(sourceId)
    if (connection?.end !== end || this.isDown) return
    connection.epoch = this.epoch
    end.push('welcome', {
      sessionId: 's',
      epoch: this.epoch,
      ...this.#watermarks(sourceId),
      serverTimeMs: this.#serverTimeMs(),
      limits: this.limits,
      ...(this.sampling && { sampling: this.sampling }),
    })
  }

  received(end: ServerEnd, event: string, args: readonly unknown[], ack: (answer: unknown) => void): void {
    if (this.isDown) return
    const sourceId = String(end.auth.sourceId)
    if (event === 'clock') ack({ serverTimeMs: this.#serverTimeMs() })
    else if (event === 'watermark') ack({ epoch: this.epoch, ...this.#watermarks(sourceId) })
    else ack(this.#append(end, sourceId, args[0] as { firstSeq: number; events: Sent[] }))
  }

  closed(end: ServerEnd): void {
    const sourceId = String(end.auth.sourceId)
    if (this.connections.get(sourceId)?.end === end) this.connections.delete(sourceId)
  }

  /** Moves what is buffered into the database. */
  flush(): void {
    for (const [sourceId, events] of this.buffered)
      this.#list(this.committed, sourceId).push(...events.splice(0))
  }

  /** The buffer falls back by some of its tail, and nobody notices: only asking for the watermark shows it. */
  dropTail(keptShare: number): void {
    for (const events of this.buffered.values()) events.length = Math.floor(events.length * keptShare)
  }

  /** Another Redis: the buffer keeps only so much of itself, and everybody learns of the new epoch somehow. */
  loseBuffer(keptShare: number): void {
    this.epoch++
    this.dropTail(keptShare)
    for (const { end } of this.connections.values()) {
      const way = this.random()
      if (way < 0.4) this.welcome(end)
      else if (way < 0.7) this.time.after(this.random() * 2000, () => this.welcome(end))
      else if (way < 0.9) end.cut()
      // else: only refused batches and the watermark tell
    }
  }

  cutAll(): void {
    for (const { end } of [...this.connections.values()]) end.cut()
  }

  #append(end: ServerEnd, sourceId: string, { firstSeq, events }: { firstSeq: number; events: Sent[] }) {
    const refuse = (code: string, more: object = {}) => ({ ok: false, code, message: code, ...more })
    const connection = this.connections.get(sourceId)
    if (connection?.end !== end) return refuse('SUPERSEDED')
    if (connection.epoch !== this.epoch) {
      this.time.after(this.random() * 500, () => this.welcome(end))
      return refuse('EPOCH_CHANGED')
    }
    if (this.isClosed) return refuse('SESSION_CLOSED')
    if (events.length > this.limits.maxBatchEvents) this.violations.push('a batch of too many events')
    const bytes = new TextEncoder().encode(JSON.stringify({ firstSeq, events })).length
    if (bytes > this.limits.maxBatchBytes) this.violations.push(`a batch of ${bytes} bytes`)
    if (this.random() < this.faults.tokenExpires) {
      this.validToken = `token-${Number(this.validToken.slice(6)) + 1}`
      return refuse('TOKEN_EXPIRED')
    }
    if (this.random() < this.faults.tryLater) return refuse('TRY_LATER', { retryAfterMs: 200 })
    if (events.length > 1 && this.random() < this.faults.tooLarge) return refuse('BATCH_TOO_LARGE')
    const committed = this.#list(this.committed, sourceId)
    const buffered = this.#list(this.buffered, sourceId)
    const receivedSeq = committed.length + buffered.length
    if (firstSeq > receivedSeq + 1) return refuse('BATCH_GAP', { expectedSeq: receivedSeq + 1 })
    events.forEach((event, i) => {
      this.#checkSameAsBefore(sourceId, firstSeq + i, event)
      if (firstSeq + i > receivedSeq) buffered.push(event)
    })
    const retryAfterMs = this.random() < this.faults.slowDown ? { retryAfterMs: 300 } : {}
    return { ok: true, ...this.#watermarks(sourceId), ...retryAfterMs }
  }

  /** A resend must be the same event, its time included. */
  #checkSameAsBefore(sourceId: string, seq: number, event: Sent): void {
    const json = JSON.stringify(event)
    const before = this.#firstSeen.get(`${sourceId} ${seq}`) ?? json
    if (before !== json) this.violations.push(`event ${seq} was sent as ${before}, then as ${json}`)
    this.#firstSeen.set(`${sourceId} ${seq}`, json)
  }

  #watermarks(sourceId: string) {
    const committedSeq = this.#list(this.committed, sourceId).length
    return { receivedSeq: committedSeq + this.#list(this.buffered, sourceId).length, committedSeq }
  }

  #serverTimeMs(): number {
    return Math.round(this.time.nowMs + this.clockOffsetMs)
  }

  #list(map: Map<string, Sent[]>, sourceId: string): Sent[] {
    const list = map.get(sourceId) ?? []
    map.set(sourceId, list)
    return list
  }
}
