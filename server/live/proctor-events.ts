import { RecorderError } from '../../protocol/errors.js'
import type { SentEvent } from '../../protocol/events.js'
import type { Claims } from '../auth/tokens.js'
import { eventError } from '../errors.js'
import { type IngestContext, ingestOnce } from '../ingest/ingest.js'

/** An event of a proctor, as it got into the log. */
export interface ProctorEvent {
  source: number
  sourceSeq: number
  /** False where an earlier request with the same id has brought it. */
  isNew: boolean
}

/** Appends what proctors do, through the one append path. */
export class ProctorEvents {
  /** Events of one proctor on this node follow each other: each is numbered behind the one before. */
  private readonly lastOf = new Map<string, Promise<unknown>>()

  constructor(
    private readonly ingest: IngestContext,
    private readonly nodeId: string,
  ) {}

  /**
   * @param once names the request, so that it is told from its own repetition [R10]: the event gets a source of its own
   *   then, under a name that has a space, as no sender's has
   * Throws RecorderError.
   */
  async record(
    claims: Claims,
    sessionId: string,
    type: string,
    data: object,
    once: string | null,
  ): Promise<ProctorEvent> {
    const event: SentEvent = { type, timestamp: this.ingest.clock(), data }
    if (once !== null) return this.append(claims, sessionId, once, 1, event)
    const key = JSON.stringify([sessionId, claims.role, claims.sub])
    const before = this.lastOf.get(key) ?? Promise.resolve()
    const append = before
      .catch(() => {})
      .then(() => this.append(claims, sessionId, `console-${this.nodeId}`, 'next', event))
    this.lastOf.set(key, append)
    try {
      return await append
    } finally {
      if (this.lastOf.get(key) === append) this.lastOf.delete(key)
    }
  }

  private async append(
    { role, sub }: Claims,
    sessionId: string,
    sourceId: string,
    firstSeq: 1 | 'next',
    event: SentEvent,
  ): Promise<ProctorEvent> {
    const batch = { firstSeq, events: [event] }
    const result = await ingestOnce(this.ingest, sessionId, { role, sub, sourceId }, batch)
    const [refused] = result.rejected
    if (refused && result.skipped === 0) throw eventError(refused)
    return { source: result.source, sourceSeq: result.lastSeq, isNew: result.skipped === 0 }
  }
}

export const isClosed = (error: unknown): boolean =>
  error instanceof RecorderError && error.code === 'SESSION_CLOSED'
