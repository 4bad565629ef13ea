import type { BufferMeta } from '../../db/buffer/event-buffer.js'
import { toRecorderError } from '../errors.js'
import { type IngestContext, ingestOnce } from '../ingest/ingest.js'

/** A candidate's page, as its connection tells. */
export interface ConnectedPage {
  sessionId: string
  connectionId: string
  /** The number of its source. */
  source: number
  /** The same for all pages of one browser, which tell of each other themselves; null where it is not said. */
  device: string | null
}

interface Suspicion {
  page: ConnectedPage
  /** Sources of other devices by their connections. */
  others: Map<string, number>
  sinceMs: number
}

/**
 * Notices that a candidate's session is open on two devices, and records it as `second_tab` of the service.
 *
 * INVARIANT: a socket whose other end is gone lingers for up to 35 s (pings, then the lease). Only two that have both
 * outlived that beside each other are two pages; who changes the computer, or whose network breaks, is not accused.
 */
export class SecondDevices {
  private readonly suspicions = new Map<string, Suspicion>()

  constructor(
    private readonly ingest: IngestContext,
    private readonly provenAfterMs: number,
    private readonly metasOf: (sessionIds: readonly string[]) => Promise<(BufferMeta | null)[]>,
    private readonly log: (error: unknown, where: string) => void,
  ) {}

  /** A page has connected; `meta` is of after its lease was written. The node of the later one has the suspicion. */
  connected(page: ConnectedPage, meta: BufferMeta): void {
    const sinceMs = this.ingest.clock()
    const others = othersOf(page, meta, sinceMs)
    if (others.size > 0) this.suspicions.set(page.connectionId, { page, others, sinceMs })
  }

  disconnected(connectionId: string): void {
    this.suspicions.delete(connectionId)
  }

  /** Looks at suspicions that are old enough: what is left of them is recorded. Never throws. */
  async check(): Promise<void> {
    const nowMs = this.ingest.clock()
    const due = [...this.suspicions.values()].filter(({ sinceMs }) => sinceMs + this.provenAfterMs <= nowMs)
    if (due.length === 0) return
    try {
      const metas = await this.metasOf(due.map(({ page }) => page.sessionId))
      for (const [i, suspicion] of due.entries()) await this.settle(suspicion, metas[i] ?? null, nowMs)
    } catch (error) {
      // Tried again at the next look.
      this.log(error, 'second device')
    }
  }

  /** One whose session takes nothing (closed, erased) must not stand in the way of the others. */
  private async settle({ page, others }: Suspicion, meta: BufferMeta | null, nowMs: number): Promise<void> {
    const now = meta ? othersOf(page, meta, nowMs) : new Map<string, number>()
    try {
      for (const [connectionId, source] of others) {
        if (now.has(connectionId)) await this.record(page, source)
      }
    } catch (error) {
      const { code } = toRecorderError(error, () => {})
      if (code !== 'SESSION_CLOSED' && code !== 'SESSION_NOT_FOUND') {
        this.log(error, 'second device')
        if (code === 'TRY_LATER') return
      }
    }
    this.suspicions.delete(page.connectionId)
  }

  private async record({ sessionId, source }: ConnectedPage, otherSource: number): Promise<void> {
    const sources = [otherSource, source].sort((a, b) => a - b)
    // Named by the two: whoever notices them again, also on another node, changes nothing [R10].
    const identity = { role: 'service' as const, sub: 'recorder', sourceId: `pages ${sources.join(' ')}` }
    const data = { source: 'service', sources }
    const event = { type: 'second_tab', timestamp: this.ingest.clock(), data }
    await ingestOnce(this.ingest, sessionId, identity, { firstSeq: 1, events: [event] })
  }
}

const FIELD = 'd:'

/** What a connection's lease says beside its end. */
export const pageFields = ({ connectionId, source, device }: ConnectedPage): Record<string, string> => ({
  [`${FIELD}${connectionId}`]: `${source}:${device ?? connectionId}`,
})

export const pageFieldName = (connectionId: string): string => `${FIELD}${connectionId}`

/** The sources of other devices whose connections have a lease now. */
function othersOf(
  { connectionId, source, device }: ConnectedPage,
  meta: BufferMeta,
  nowMs: number,
): Map<string, number> {
  const others = new Map<string, number>()
  for (const [field, value] of Object.entries(meta.fields)) {
    const other = field.slice(FIELD.length)
    if (!field.startsWith(FIELD) || other === connectionId) continue
    if (!(Number(meta.fields[`o:${other}`] ?? 0) > nowMs)) continue
    const colon = value.indexOf(':')
    const otherSource = Number(value.slice(0, colon))
    if (otherSource !== source && value.slice(colon + 1) !== device) others.set(other, otherSource)
  }
  return others
}
