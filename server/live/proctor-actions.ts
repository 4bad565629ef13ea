import type { Server } from 'socket.io'
import { toColumnText } from '../../db/text.js'
import { RecorderError } from '../../protocol/errors.js'
import type { SentEvent } from '../../protocol/events.js'
import { CANDIDATE_NAMESPACE } from '../../protocol/socket-events.js'
import { type Claims, sessionNotFound } from '../auth/tokens.js'
import { type CloseContext, closeSession } from '../close-session.js'
import { type IngestContext, ingestOnce } from '../ingest/ingest.js'
import { tabRoom } from './rooms.js'

export interface ProctorActionsOptions {
  io: Server
  ingest: IngestContext
  close: CloseContext
  nodeId: string
}

/** What proctors do to a session they watch. Everything they do is in the recording. */
export class ProctorActions {
  /** Events of one proctor on this node follow each other: each is numbered behind the one before. */
  private readonly lastOf = new Map<string, Promise<unknown>>()

  constructor(private readonly options: ProctorActionsOptions) {}

  async annotate(
    claims: Claims,
    request: { sessionId: string; kind: 'note' | 'flag'; text: string; atMs?: number | undefined },
  ): Promise<void> {
    const { sessionId, kind, text } = request
    const atMs = request.atMs ?? this.now()
    await this.record(claims, sessionId, `proctor_${kind}`, { text, author: claims.sub, atMs })
    const { sql } = this.options.ingest.db
    await sql`
      insert into annotations (session_id, kind, text, author, at)
      values (${sessionId}, ${kind}, ${toColumnText(text)}, ${toColumnText(claims.sub)}, ${new Date(atMs)})`
  }

  async message(claims: Claims, { sessionId, text }: { sessionId: string; text: string }): Promise<void> {
    const message = { text, author: claims.sub, atMs: this.now() }
    await this.record(claims, sessionId, 'proctor_message', message)
    this.tab(sessionId).emit('message', message)
  }

  async extend(claims: Claims, { sessionId, bySec }: { sessionId: string; bySec: number }): Promise<void> {
    const [row] = await this.options.ingest.db.sql<{ timeLimit: number }[]>`
      update session_recordings set time_limit = coalesce(time_limit, 0) + ${bySec}
      where id = ${sessionId} and status = 'ACTIVE' returning time_limit as "timeLimit"`
    if (!row) throw new RecorderError('SESSION_CLOSED', 'The session is closed.')
    await this.record(claims, sessionId, 'time_extended', {
      timeLimit: row.timeLimit,
      author: claims.sub,
      bySec,
    })
    this.tab(sessionId).emit('control', { kind: 'time-extended', timeLimit: row.timeLimit })
  }

  async end(_claims: Claims, { sessionId }: { sessionId: string }): Promise<void> {
    const row = await closeSession(this.options.close, sessionId, 'COMPLETED')
    if (row === null) throw sessionNotFound()
  }

  private async record(claims: Claims, sessionId: string, type: string, data: unknown): Promise<void> {
    const identity = { role: claims.role, sub: claims.sub, sourceId: `console-${this.options.nodeId}` }
    const key = `${sessionId} ${claims.role} ${claims.sub}`
    const event: SentEvent = { type, timestamp: this.now(), data }
    const before = this.lastOf.get(key) ?? Promise.resolve()
    const append = before
      .catch(() => {})
      .then(() => ingestOnce(this.options.ingest, sessionId, identity, { firstSeq: 'next', events: [event] }))
    this.lastOf.set(key, append)
    try {
      await append
    } finally {
      if (this.lastOf.get(key) === append) this.lastOf.delete(key)
    }
  }

  private tab(sessionId: string) {
    return this.options.io.of(CANDIDATE_NAMESPACE).to(tabRoom(sessionId))
  }

  private now(): number {
    return this.options.ingest.clock()
  }
}
