import { randomUUID } from 'node:crypto'
import type { Server } from 'socket.io'
import { type AnnotationVersion, addNote, findNote } from '../../db/annotations.js'
import { extendTime, extensionSourceId } from '../../db/extend-time.js'
import { ExplainedError } from '../../protocol/errors.js'
import { CANDIDATE_NAMESPACE } from '../../protocol/socket-events.js'
import { notAdded } from '../annotations.js'
import { type Claims, sessionNotFound } from '../auth/tokens.js'
import { type CloseContext, closeSession } from '../close-session.js'
import type { IngestContext } from '../ingest/ingest.js'
import { isClosed, type ProctorEvent, ProctorEvents } from './proctor-events.js'
import { tabRoom } from './rooms.js'
import type { UntoldMessages } from './untold-messages.js'

export interface ProctorActionsOptions {
  io: Server
  ingest: IngestContext
  close: CloseContext
  untold: UntoldMessages
  nodeId: string
  /** Gives the session's tabs tokens that outlive its end (epoch seconds). */
  renewTokens: (sessionId: string, endSec: number) => void
  /** A note or flag was added that is no event: it stands in the session's numbers. Never rejects. */
  recount: (sessionId: string) => Promise<void>
}

/** `id` is the caller's own name of the request: the same one again does nothing more. */
interface Request {
  sessionId: string
  id?: string | undefined
}

export interface NoteRequest extends Request {
  kind: 'note' | 'flag'
  text: string
  atMs?: number | undefined
  targetSeq?: number | undefined
}

/** What proctors do to a session. While it is active, everything they do is in the recording. */
export class ProctorActions {
  private readonly events: ProctorEvents

  constructor(private readonly options: ProctorActionsOptions) {
    this.events = new ProctorEvents(options.ingest, options.nodeId)
  }

  /**
   * Notes something: as an event while the session is active, and in the annotations log, after the close there
   * alone [R16]. Whoever dies in between has the rest done by the next request of the same id.
   */
  async annotate(claims: Claims, request: NoteRequest): Promise<AnnotationVersion> {
    const { sessionId, id, kind, text, targetSeq } = request
    const { db } = this.options.ingest
    const known = id === undefined ? null : await findNote(db, sessionId, claims, id)
    if (known) return known
    const atMs = request.atMs ?? this.now()
    const data = { text, author: claims.sub, atMs, ...(targetSeq === undefined ? {} : { targetSeq }) }
    const once = id === undefined ? null : `annotate ${id}`
    const event = await this.events
      .record(claims, sessionId, `proctor_${kind}`, data, once)
      .catch((error): ProctorEvent | null => {
        if (isClosed(error)) return null
        throw error
      })
    const note = { kind, text, atMs, targetSeq: targetSeq ?? null, event, requestKey: id ?? null }
    const added = await addNote(db, sessionId, claims, note)
    if (typeof added === 'string') throw notAdded(added)
    // The archive's copy follows; the sweep would find it too.
    if (event === null) {
      this.options.ingest.jobs.archive(sessionId).catch(() => {})
      await this.options.recount(sessionId)
    }
    return added
  }

  /** Shows a candidate something: at once, or when a page of the session connects. */
  async message(claims: Claims, { sessionId, id, text }: Request & { text: string }): Promise<void> {
    const { untold } = this.options
    const message = { text, author: claims.sub, atMs: this.now() }
    const once = id === undefined ? null : `message ${id}`
    const beforeSeq = await untold.headSeq(sessionId)
    const { isNew } = await this.events.record(claims, sessionId, 'proctor_message', message, once)
    if (!isNew) return
    // Also with no page there: a service's connections hear it as well.
    if (await untold.keep(sessionId, beforeSeq, this.now())) this.tab(sessionId).emit('message', message)
  }

  async extend(claims: Claims, { sessionId, id, bySec }: Request & { bySec: number }): Promise<void> {
    const { role, sub } = claims
    const sourceId = extensionSourceId(id ?? randomUUID())
    const row = await extendTime(this.options.ingest.db, sessionId, { role, sub, sourceId }, bySec)
    if (!row) throw new ExplainedError('SESSION_CLOSED', 'The session is closed.')
    const { timeLimit } = row
    const data = { timeLimit, author: sub, bySec }
    await this.events.record(claims, sessionId, 'time_extended', data, sourceId)
    // It names the new limit, so that hearing it twice changes nothing.
    this.tab(sessionId).emit('control', { kind: 'time-extended', timeLimit })
    // Where the limit was over already, the time begins now.
    this.options.renewTokens(sessionId, Math.max(row.endSec, Math.ceil(this.now() / 1000) + bySec))
  }

  async end(_claims: Claims, { sessionId }: Request): Promise<void> {
    const row = await closeSession(this.options.close, sessionId, 'COMPLETED')
    if (row === null) throw sessionNotFound()
  }

  private tab(sessionId: string) {
    return this.options.io.of(CANDIDATE_NAMESPACE).to(tabRoom(sessionId))
  }

  private now(): number {
    return this.options.ingest.clock()
  }
}
