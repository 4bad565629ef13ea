import { LIMITS } from '../../protocol/limits.js'
import type { VirtualTime } from './virtual-time.js'

export interface PostedEvent {
  type: string
  timestamp: number
  data: Record<string, unknown>
  fileId?: string
}

interface Source {
  committed: PostedEvent[]
  buffered: PostedEvent[]
}

/** How often what goes wrong, from 0 (never) to 1 (always). */
export interface HttpFaults {
  /** The request never arrives. */
  unreachable: number
  /** It arrives, and its answer does not. */
  lostAnswer: number
  tryLater: number
  rateLimited: number
}

export const NO_HTTP_FAULTS: HttpFaults = { unreachable: 0, lostAnswer: 0, tryLater: 0, rateLimited: 0 }

/**
 * The service's `POST /v1/sessions/:id/events` as its contract describes it, over a buffer that can lose its tail and
 * a database that does not. Events of type `custom:bad` are rejected, each in its own place.
 */
export class SimulatedHttp {
  faults = NO_HTTP_FAULTS
  isDown = false
  /** Answer every request with this refusal. */
  refusal: { status: number; code: string } | null = null
  /** By session and source id, or `once <key>`. */
  readonly sources = new Map<string, Source>()
  readonly requests: { path: string; body: { firstSeq?: number; events: PostedEvent[] } }[] = []
  readonly violations: string[] = []
  keystrokeSampling = 10
  maxBatchEvents = LIMITS.maxBatchEvents
  /** A batch with a longer one is refused whole. */
  maxEventChars = Number.POSITIVE_INFINITY
  flushDelayMs = 10_000

  constructor(
    readonly time: VirtualTime,
    readonly random: () => number,
  ) {}

  readonly fetch: typeof globalThis.fetch = async (address, init) => {
    const url = new URL(String(address))
    await this.#travel()
    if (this.isDown || this.random() < this.faults.unreachable) throw new TypeError('no answer')
    if (this.refusal) return refuse(this.refusal.status, this.refusal.code)
    if (this.random() < this.faults.tryLater) return refuse(503, 'TRY_LATER', { 'retry-after': '1' })
    if (this.random() < this.faults.rateLimited) return refuse(429, 'RATE_LIMITED', { 'retry-after': '2' })
    const answer = await this.#answer(url, init)
    await this.#travel()
    if (this.random() < this.faults.lostAnswer) throw new TypeError('cut')
    return answer
  }

  /** All events of a session that are received, in the order of their sources. */
  eventsOf(sessionId: string): PostedEvent[] {
    return this.#sourcesOf(sessionId).flatMap(({ committed, buffered }) => [...committed, ...buffered])
  }

  committedOf(sessionId: string): PostedEvent[] {
    return this.#sourcesOf(sessionId).flatMap(({ committed }) => committed)
  }

  flush(): void {
    for (const source of this.sources.values()) source.committed.push(...source.buffered.splice(0))
  }

  /** Redis falls back: of what is not committed only a share is left. */
  loseBuffer(keptShare: number): void {
    for (const { buffered } of this.sources.values())
      buffered.length = Math.floor(buffered.length * keptShare)
  }

  /** PostgreSQL and Redis are put back to when this source had so many events. */
  restoreTo(count: number): void {
    for (const source of this.sources.values()) {
      source.buffered = []
      source.committed.length = Math.min(source.committed.length, count)
    }
  }

  async #answer(url: URL, init: RequestInit | undefined): Promise<Response> {
    const [, , , sessionId = '', what] = url.pathname.split('/')
    if (init?.method === 'GET') return json(200, { id: sessionId, keystrokeSampling: this.keystrokeSampling })
    const body = JSON.parse(String(init?.body ?? '{}'))
    this.requests.push({ path: url.pathname, body })
    if (what === 'close') return json(200, { id: sessionId, status: body.status })
    if (what === undefined) return json(201, { id: 'new', keystrokeSampling: this.keystrokeSampling })
    const key = ((init?.headers ?? {}) as Record<string, string>)['idempotency-key']
    const sourceId = key === undefined ? body.source : `once ${key}`
    const answer = this.#append(
      `${sessionId} ${sourceId}`,
      body.firstSeq ?? 1,
      body.events,
      key === undefined,
    )
    if (!(answer instanceof Response) && url.searchParams.get('wait') === 'committed') {
      await new Promise<void>((resolve) => this.time.after(Math.min(15_000, this.flushDelayMs), resolve))
      if (this.flushDelayMs <= 15_000) this.flush()
      return json(200, {
        ...answer,
        committedSeq: this.#sourceOf(`${sessionId} ${sourceId}`).committed.length,
      })
    }
    return answer instanceof Response ? answer : json(202, answer)
  }

  #append(name: string, firstSeq: number, events: PostedEvent[], isNumbered: boolean) {
    const source = this.#sourceOf(name)
    const receivedSeq = source.committed.length + source.buffered.length
    const bytes = new TextEncoder().encode(JSON.stringify(events)).length
    if (events.length > LIMITS.maxBatchEvents || bytes > LIMITS.maxBatchBytes) {
      this.violations.push(`a batch of ${events.length} events and ${bytes} bytes`)
    }
    const isTooLong = events.some((event) => JSON.stringify(event).length > this.maxEventChars)
    if (events.length > this.maxBatchEvents || isTooLong) return refuse(413, 'BATCH_TOO_LARGE')
    if (isNumbered && firstSeq > receivedSeq + 1) {
      return refuse(409, 'BATCH_GAP', {}, { expectedSeq: receivedSeq + 1 })
    }
    const rejected: object[] = []
    events.forEach((event, i) => {
      const sourceSeq = firstSeq + i
      if (event.type === 'custom:bad') {
        rejected.push({ sourceSeq, code: 'EVENT_INVALID', message: 'Not this one.' })
      }
      const before = [...source.committed, ...source.buffered].at(sourceSeq - 1)
      if (sourceSeq > receivedSeq) source.buffered.push(event)
      else if (isNumbered && JSON.stringify(before) !== JSON.stringify(event)) {
        this.violations.push(`${name} ${sourceSeq} came again as another event`)
      }
    })
    const last = [...source.committed, ...source.buffered]
    if (last.some(({ timestamp }, i) => timestamp < (last[i - 1]?.timestamp ?? 0))) {
      this.violations.push(`times of ${name} fall`)
    }
    const watermarks = { receivedSeq: last.length, committedSeq: source.committed.length }
    return { ok: true, source: 1, ...watermarks, ...(rejected.length > 0 && { rejected }) }
  }

  #sourceOf(name: string): Source {
    const source = this.sources.get(name) ?? { committed: [], buffered: [] }
    this.sources.set(name, source)
    return source
  }

  #sourcesOf(sessionId: string): Source[] {
    return [...this.sources].flatMap(([name, source]) => (name.startsWith(`${sessionId} `) ? [source] : []))
  }

  #travel(): Promise<void> {
    return new Promise((resolve) => this.time.after(1 + this.random() * 20, resolve))
  }
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers })

const refuse = (status: number, code: string, headers: Record<string, string> = {}, details?: object) =>
  json(status, { error: { code, message: `${code}.`, details } }, headers)
