import type { EventBuffer } from '../../db/buffer/event-buffer.js'
import type { Database } from '../../db/connect.js'
import { listSessions, type SessionRow } from '../../db/sessions.js'
import type { SessionFacts, SessionSummary } from '../../protocol/socket-events.js'
import { opensSession } from '../auth/tokens.js'
import type { FactsBook } from './facts.js'
import type { PresenceBook } from './presence.js'
import type { Previews, SessionHead } from './previews.js'
import type { ProctorSocket } from './proctor-socket.js'

const PUSH_EVERY_MS = 1000
/** Facts are of what is committed, and that is some seconds old anyway. */
const COUNT_EVERY_LOOKS = 2
const MAX_LISTED = 1000

export interface LobbyOptions {
  db: Database
  buffer: EventBuffer
  presence: PresenceBook
  facts: FactsBook
  previews: Previews
  log: (error: unknown, where: string) => void
}

interface Look {
  summaries: SessionSummary[]
  /** Of those that take events and have some in reach. */
  heads: SessionHead[]
}

/**
 * The wall's data: the active sessions, and whatever changed of them once a second. One look at the stores
 * serves all of this node's lobby visitors; with none there is no look.
 */
export class Lobby {
  private readonly visitors = new Set<ProctorSocket>()
  /** What all visitors were told last. A look for one who joins is no news to the others, so it leaves this as it is. */
  private told = new Map<string, SessionSummary>()
  /** The sessions that somebody was told are active: of each of them the end is told too. */
  private tellEndOf = new Set<string>()
  private timer: NodeJS.Timeout | null = null
  private looking = false
  private looks = 0
  /** One look at a time: what is counted must not be counted twice. */
  private lastLook: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: LobbyOptions) {}

  /** The sessions that the visitor may see, now; changes follow as `lobby` pushes. Throws StoreError. */
  async join(socket: ProctorSocket): Promise<SessionSummary[]> {
    const { summaries } = await this.look()
    // Gone meanwhile: nobody would take it out again.
    if (!socket.connected) return []
    if (this.visitors.size === 0) this.told = byId(summaries)
    for (const id of activeOf(summaries)) this.tellEndOf.add(id)
    this.visitors.add(socket)
    this.timer ??= setInterval(() => this.push(), PUSH_EVERY_MS)
    return visibleTo(socket, summaries).map((summary) => {
      const recent = this.options.facts.recentOf(summary.id)
      return recent === null ? summary : { ...summary, recent }
    })
  }

  /** What the visitor sees previews of from now on, as `previews` pushes. Its token must open them all. */
  preview(socket: ProctorSocket, sessionIds: readonly string[]): void {
    if (socket.connected) this.options.previews.wish(socket, sessionIds)
  }

  leave(socket: ProctorSocket): void {
    this.visitors.delete(socket)
    this.options.previews.forget(socket)
    if (this.visitors.size > 0 || this.timer === null) return
    clearInterval(this.timer)
    this.timer = null
    this.told = new Map()
    this.tellEndOf = new Set()
    this.options.previews.clear()
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
  }

  private async push(): Promise<void> {
    if (this.looking) return
    this.looking = true
    try {
      const { summaries, heads } = await this.look()
      const changed = summaries.filter((s) => !same(this.told.get(s.id), s))
      this.told = byId(summaries)
      this.tellEndOf = new Set(activeOf(summaries))
      for (const socket of changed.length > 0 ? this.visitors : []) {
        const sessions = visibleTo(socket, changed)
        if (sessions.length > 0) socket.emit('lobby', { sessions })
      }
      await this.options.previews.advance(heads)
    } catch (error) {
      this.options.log(error, 'lobby')
    } finally {
      this.looking = false
    }
  }

  private look(): Promise<Look> {
    const look = this.lastLook.then(() => this.lookNow())
    this.lastLook = look.catch(() => {})
    return look
  }

  /** Active sessions, and those whose end is to be told. */
  private async lookNow(): Promise<Look> {
    const { db, buffer, presence, facts } = this.options
    const active = await listSessions(db, { status: 'ACTIVE', ids: null, limit: MAX_LISTED })
    const ids = new Set(active.map((row) => row.id))
    const ended = [...this.tellEndOf].filter((id) => !ids.has(id))
    const rows = [...active, ...(await listSessions(db, { ids: ended, limit: MAX_LISTED }))]
    const metas = await buffer.metas(rows.map((row) => row.id))
    if (this.looks++ % COUNT_EVERY_LOOKS === 0)
      await facts.advance(active.map(({ id, eventCount }) => ({ id, committedSeq: eventCount })))
    const summaries = rows.map((row, i) => {
      const meta = metas[i]
      return summaryOf(row, meta ? presence.read(row.id, meta) : null, facts.of(row.id))
    })
    const heads = active.flatMap(({ id }, i) => {
      const meta = metas[i]
      return meta ? [{ sessionId: id, epoch: meta.epoch, headSeq: meta.headSeq }] : []
    })
    return { summaries, heads }
  }
}

const byId = (summaries: readonly SessionSummary[]): Map<string, SessionSummary> =>
  new Map(summaries.map((s) => [s.id, s]))

const activeOf = (summaries: readonly SessionSummary[]): string[] =>
  summaries.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id)

const visibleTo = (socket: ProctorSocket, sessions: readonly SessionSummary[]): SessionSummary[] =>
  sessions.filter((s) => opensSession(socket.data.claims, s.id))

const same = (a: SessionSummary | undefined, b: SessionSummary): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

export function summaryOf(
  row: SessionRow,
  presence: ReturnType<PresenceBook['read']> | null,
  facts: SessionFacts | null,
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
    facts,
  }
}
