import type { IncomingMessage } from 'node:http'
import type { Namespace, Socket } from 'socket.io'
import { z } from 'zod'
import { ensureEpoch, startEpoch } from '../../db/epochs.js'
import { getSession } from '../../db/sessions.js'
import { ExplainedError } from '../../protocol/errors.js'
import { noteMoment, noteText } from '../../protocol/http/index.js'
import { IDEMPOTENCY_KEY, MAX_TEXT_CHARS } from '../../protocol/limits.js'
import {
  type Done,
  MAX_PREVIEWS,
  type ProctorToServer,
  type Refusal,
  type ServerToProctor,
  type WatchAnswer,
} from '../../protocol/socket-events.js'
import type { NoteAccess } from '../access-log.js'
import type { Gate } from '../auth/gate.js'
import { isWithinRate, isWithinTerm } from '../auth/socket-guards.js'
import { TokenTerm, watchTerms } from '../auth/token-term.js'
import { type Claims, requireRole, requireSession, sessionNotFound } from '../auth/tokens.js'
import { handshakeError, toRecorderError } from '../errors.js'
import type { AdmissionContext } from '../ingest/admission.js'
import { asTryLater } from '../ingest/admission.js'
import { payloadFirst } from '../payload-first.js'
import type { LiveView } from './live-view.js'
import type { Lobby } from './lobby.js'
import type { ProctorActions } from './proctor-actions.js'
import { watchRoom } from './rooms.js'

interface ProctorData {
  claims: Claims
  term: TokenTerm
  watching: Set<string>
}

export type ProctorNamespace = Namespace<ProctorToServer, ServerToProctor, Record<string, never>, ProctorData>
export type ProctorSocket = Socket<ProctorToServer, ServerToProctor, Record<string, never>, ProctorData>

export interface ProctorContext extends AdmissionContext {
  gate: Gate
  addressOf: (request: IncomingMessage) => string
  live: LiveView
  lobby: Lobby
  actions: ProctorActions
  noteAccess: NoteAccess
  log: (error: unknown, where: string) => void
}

const target = z.object({ sessionId: z.string() })
const previewRequest = z.object({ sessionIds: z.array(z.string()).max(MAX_PREVIEWS) })
const text = z.string().min(1).max(MAX_TEXT_CHARS)
/** The caller's name of the request, as an Idempotency-Key is over HTTP [R10]. */
const once = target.extend({
  id: z.string().regex(IDEMPOTENCY_KEY, '1 to 100 printable ASCII characters without spaces').optional(),
})
const annotateRequest = once.extend({
  kind: z.enum(['note', 'flag']),
  text: noteText,
  atMs: noteMoment.optional(),
  targetSeq: z.number().int().positive().optional(),
})
const messageRequest = once.extend({ text })
const extendRequest = once.extend({ bySec: z.number().int().min(1).max(86_400) })

/**
 * Wires the watchers' side of the wire.
 * @returns `stop` stops looking for tokens that have ended
 */
export function serveProctors(namespace: ProctorNamespace, context: ProctorContext): { stop(): void } {
  namespace.use((socket, next) => {
    authenticate(context, socket).then(
      () => next(),
      (error) => next(handshakeError(error, (e) => context.log(e, 'proctor handshake'))),
    )
  })
  namespace.on('connection', (socket) => serveProctor(context, socket))
  return watchTerms(namespace, context.clock)
}

async function authenticate(context: ProctorContext, socket: ProctorSocket): Promise<void> {
  const claims = await context.gate.admit(socket.handshake.auth.token, context.addressOf(socket.request))
  requireRole(claims, 'proctor', 'service')
  socket.data = { claims, term: new TokenTerm(claims.exp, context.clock), watching: new Set() }
}

function serveProctor(context: ProctorContext, socket: ProctorSocket): void {
  const { claims, term, watching } = socket.data
  const refuse = (error: unknown): Refusal => {
    const known = toRecorderError(error, (e) => context.log(e, 'proctor'))
    return { ok: false, code: known.code, message: known.message }
  }
  socket.use((packet, next) => {
    payloadFirst(packet)
    if (isWithinTerm(socket, term, packet) && isWithinRate(context.gate, claims, packet)) next()
  })
  const leave = async (sessionId: string) => {
    if (!watching.delete(sessionId)) return
    socket.leave(watchRoom(sessionId))
    await context.live.watcherChanged(sessionId, claims.sub, -1)
  }

  socket.on('watch', async (request, ack) => {
    if (typeof ack !== 'function') return
    try {
      const sessionId = requireSession(claims, parse(target, request).sessionId)
      ack(await watch(context, socket, sessionId))
    } catch (error) {
      ack(refuse(asTryLater(error)))
    }
  })
  socket.on('unwatch', async (request, ack) => {
    try {
      await leave(requireSession(claims, parse(target, request).sessionId))
      ack?.({ ok: true })
    } catch (error) {
      ack?.(refuse(error))
    }
  })
  socket.on('lobby', async (ack) => {
    if (typeof ack !== 'function') return
    try {
      ack({ ok: true, sessions: await context.lobby.join(socket) })
    } catch (error) {
      ack(refuse(asTryLater(error)))
    }
  })
  socket.on('preview', async (request, ack) => {
    try {
      const { sessionIds } = parse(previewRequest, request)
      context.lobby.preview(
        socket,
        sessionIds.map((id) => requireSession(claims, id)),
      )
      ack?.({ ok: true })
    } catch (error) {
      ack?.(refuse(error))
    }
  })

  const verb = async <T extends { sessionId: string }>(
    schema: z.ZodType<T>,
    raw: unknown,
    ack: ((answer: Done) => void) | undefined,
    act: (request: T) => Promise<unknown>,
  ) => {
    try {
      const request = parse(schema, raw)
      const sessionId = requireSession(claims, request.sessionId)
      if (!watching.has(sessionId)) throw new ExplainedError('NOT_WATCHING', 'You do not watch this session.')
      await act({ ...request, sessionId })
      ack?.({ ok: true })
    } catch (error) {
      ack?.(refuse(asTryLater(error)))
    }
  }
  const { actions } = context
  socket.on('annotate', (raw, ack) => verb(annotateRequest, raw, ack, (r) => actions.annotate(claims, r)))
  socket.on('message', (raw, ack) => verb(messageRequest, raw, ack, (r) => actions.message(claims, r)))
  socket.on('extend', (raw, ack) => verb(extendRequest, raw, ack, (r) => actions.extend(claims, r)))
  socket.on('end', (raw, ack) => verb(target, raw, ack, (r) => actions.end(claims, r)))

  socket.on('disconnect', () => {
    context.lobby.leave(socket)
    for (const sessionId of [...watching]) leave(sessionId).catch((error) => context.log(error, 'unwatch'))
  })
}

async function watch(
  context: ProctorContext,
  socket: ProctorSocket,
  sessionId: string,
): Promise<WatchAnswer> {
  const { buffer, db, policy, clock } = context
  const epoch = await ensureEpoch(db, buffer, policy, sessionId, await buffer.meta(sessionId), clock())
  const row = await getSession(db, sessionId)
  if (epoch === null || row === null) throw sessionNotFound()
  // Pages of rows carry PostgreSQL's epoch. Where somebody died between the two stores they differ, and a watcher
  // would take each page for one of another epoch.
  if (row.epoch !== epoch) await startEpoch(db, buffer, policy, sessionId, epoch, clock())
  // Nobody watches unseen: without the entry there is no watching.
  if (!socket.data.watching.has(sessionId)) await context.noteAccess(socket.data.claims, 'watch', sessionId)
  // INVARIANT: in the room and registered first, heads read after: what is appended in between is then both
  // relayed and below the head, and the watcher drops the double. The other way round it could see neither.
  await socket.join(watchRoom(sessionId))
  // Gone meanwhile: its `disconnect` has counted off what it watched, and nobody would count this off again.
  if (!socket.connected) throw new ExplainedError('TRY_LATER', 'The connection was lost.')
  if (!socket.data.watching.has(sessionId)) {
    socket.data.watching.add(sessionId)
    await context.live.watcherChanged(sessionId, socket.data.claims.sub, 1)
  }
  const meta = await buffer.meta(sessionId)
  if (meta === null) throw new ExplainedError('TRY_LATER', 'The buffer of this session is moving.')
  const presence = context.live.presence.read(sessionId, meta)
  return { ok: true, epoch: meta.epoch, headSeq: meta.headSeq, committedSeq: meta.committedSeq, presence }
}

function parse<T>(schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new ExplainedError('VALIDATION', `${issue?.path.join('.') || 'The request'}: ${issue?.message}.`)
}
