import type { EventBuffer } from '../../db/buffer/event-buffer.js'
import type { Database } from '../../db/connect.js'
import { listSessions, type SessionRow } from '../../db/sessions.js'
import type { SessionSummary } from '../../protocol/socket-events.js'
import { opensSession } from '../auth/tokens.js'
import type { PresenceBook } from './presence.js'
import type { ProctorSocket } from './proctor-socket.js'

const PUSH_EVERY_MS = 1000
const MAX_LISTED = 1000

/**
 * The wall's data: the active sessions, and whatever changed of them once a second. One look at the stores
 * serves all of this node's lobby visitors; with none there is no look.
 */
export class Lobby {
  private readonly visitors = new Set<ProctorSocket>()
  private shown = new Map<string, SessionSummary>()
  private timer: NodeJS.Timeout | null = null
  private looking = false

  constructor(
    private readonly db: Database,
    private readonly buffer: EventBuffer,
    private readonly presence: PresenceBook,
    private readonly log: (error: unknown, where: string) => void,
  ) {}

  /** The sessions that the visitor may see, now; changes follow as `lobby` pushes. Throws StoreError. */
  async join(socket: ProctorSocket): Promise<SessionSummary[]> {
    const sessions = await this.look()
    // Gone meanwhile: nobody would take it out again.
    if (!socket.connected) return []
    this.visitors.add(socket)
    this.timer ??= setInterval(() => this.push(), PUSH_EVERY_MS)
    return visibleTo(socket, sessions)
  }

  leave(socket: ProctorSocket): void {
    this.visitors.delete(socket)
    if (this.visitors.size > 0 || this.timer === null) return
    clearInterval(this.timer)
    this.timer = null
    this.shown = new Map()
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
  }

  private async push(): Promise<void> {
    if (this.looking) return
    this.looking = true
    try {
      const before = this.shown
      const changed = (await this.look()).filter((s) => !same(before.get(s.id), s))
      if (changed.length === 0) return
      for (const socket of this.visitors) {
        const sessions = visibleTo(socket, changed)
        if (sessions.length > 0) socket.emit('lobby', { sessions })
      }
    } catch (error) {
      this.log(error, 'lobby')
    } finally {
      this.looking = false
    }
  }

  /** Active sessions, and those that were active at the last look, so that their end is shown too. */
  private async look(): Promise<SessionSummary[]> {
    const active = await listSessions(this.db, { status: 'ACTIVE', ids: null, limit: MAX_LISTED })
    const ids = new Set(active.map((row) => row.id))
    const ended = [...this.shown.values()]
      .filter((s) => s.status === 'ACTIVE' && !ids.has(s.id))
      .map((s) => s.id)
    const rows = [...active, ...(await listSessions(this.db, { ids: ended, limit: MAX_LISTED }))]
    const metas = await this.buffer.metas(rows.map((row) => row.id))
    const summaries = rows.map((row, i) => {
      const meta = metas[i]
      return summaryOf(row, meta ? this.presence.read(row.id, meta) : null)
    })
    this.shown = new Map(summaries.map((s) => [s.id, s]))
    return summaries
  }
}

const visibleTo = (socket: ProctorSocket, sessions: readonly SessionSummary[]): SessionSummary[] =>
  sessions.filter((s) => opensSession(socket.data.claims, s.id))

const same = (a: SessionSummary | undefined, b: SessionSummary): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

export function summaryOf(
  row: SessionRow,
  presence: ReturnType<PresenceBook['read']> | null,
): SessionSummary {
  const question = row.question as
    | { title?: unknown; questionTitle?: unknown; language?: unknown }
    | string
    | null
  const field = (...names: ('title' | 'questionTitle' | 'language')[]) => {
    if (typeof question !== 'object' || question === null) return null
    const value = names.map((name) => question[name]).find((v) => typeof v === 'string')
    return (value as string | undefined) ?? null
  }
  return {
    id: row.id,
    candidateId: row.candidateId,
    status: row.status,
    questionTitle: typeof question === 'string' ? question : field('title', 'questionTitle'),
    language: field('language'),
    timeLimit: row.timeLimit,
    startTimeMs: row.startTime.getTime(),
    eventCount: Math.max(row.eventCount, presence?.headSeq ?? 0),
    candidate: row.status === 'ACTIVE' ? (presence?.candidate ?? 'offline') : 'offline',
    lastEventAtMs: presence?.lastEventAtMs ?? row.lastEventAt?.getTime() ?? null,
    watchers: presence?.watchers ?? 0,
  }
}
