import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { TraceNotes } from '../../db/buffer/trace-notes.js'
import type { Eraser } from '../../db/erasure.js'
import type { SigningKeys } from '../../db/integrity/keys.js'
import type { Stores } from '../../db/read-events.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import type { Tracing } from '../../db/tracing/tracing.js'
import { ExplainedError, RecorderError } from '../../protocol/errors.js'
import { IDEMPOTENCY_KEY } from '../../protocol/limits.js'
import type { NoteAccess } from '../access-log.js'
import type { SessionAnalyses } from '../analysis/session-analyses.js'
import type { Gate } from '../auth/gate.js'
import { type Claims, requireRole, requireSession, sessionNotFound } from '../auth/tokens.js'
import type { Chat } from '../chat/chat.js'
import type { CloseContext } from '../close-session.js'
import type { IngestContext } from '../ingest/ingest.js'
import type { BoundName } from '../limits/bounds.js'
import type { ProctorActions } from '../live/proctor-actions.js'
import type { BoardQueues } from './queue-board.js'

export interface HttpContext {
  ingest: IngestContext
  close: CloseContext
  /** The candidates' chat with a model. */
  chat: Chat
  /** What proctors do to a session, over HTTP as on sockets. */
  actions: ProctorActions
  /** Where recordings are read: rows, buffer and archive as one. */
  stores: Stores
  /** What is computed of recordings. */
  analyses: SessionAnalyses
  archive: ArchiveStore
  /** What receipts and records of redactions are signed with. */
  signing: SigningKeys
  /** Erases a session; whether nothing is left of it (erase-session.ts). */
  erase: (sessionId: string, by: Eraser) => Promise<boolean>
  gate: Gate
  addressOf: (request: IncomingMessage) => string
  authSecret: string
  allowedOrigins: string
  /** Whether anybody may have a demo interview. */
  demo: boolean
  /** 0 where no TLS is in front. */
  hstsMaxAgeSec: number
  /** By when a request must have come whole. */
  requestTimeoutMs: number
  metrics: Registry
  /** What the board of queues is of; null where there is none. */
  board: BoardQueues | null
  noteAccess: NoteAccess
  /** Null where nothing is traced. */
  traces: { tracing: Tracing; notes: TraceNotes } | null
  log: (error: unknown, where: string) => void
  /** A bound was reached [I8]. */
  onBound: (bound: BoundName) => void
  /** Why the process should be given nothing now; null where it may be given anything. */
  whyNotReady: () => Promise<string | null>
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; absent: anybody, without a token. */
    roles?: readonly Claims['role'][]
    /** Whether its writes take an Idempotency-Key, for the API's description; `or place`: source and firstSeq do as well. */
    key?: 'required' | 'or place'
  }
  interface FastifyRequest {
    caller: Claims | null
  }
}

/**
 * Checks token, role and session of every route that names roles, before the body is read: a caller who may not is
 * told nothing else, and costs nothing more.
 */
export function checkCallers(app: App, context: HttpContext): void {
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const { roles } = request.routeOptions.config
    if (roles === undefined) return
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const claims = await context.gate.admit(token, context.addressOf(request.raw))
    requireRole(claims, ...roles)
    const { id } = request.params as { id?: string }
    if (id !== undefined) requireSession(claims, id)
    request.caller = claims
  })
}

/** The caller of a route that names roles. */
export function callerOf(request: FastifyRequest): Claims {
  if (request.caller === null) throw new Error(`${request.routeOptions.url} names no roles`)
  return request.caller
}

/** The caller's own name of a write, by which it is told from its repetition [R10]. Throws IDEMPOTENCY_REQUIRED. */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key
  throw new ExplainedError('IDEMPOTENCY_REQUIRED', 'The write could not be told from its own repetition.')
}

/** The session that the route's `:id` names, which the caller may open, in the form that is stored. */
export const sessionIdOf = (request: FastifyRequest): string =>
  requireSession(callerOf(request), (request.params as { id: string }).id)

/** The session of the route's `:id`. Throws SESSION_NOT_FOUND where there is none, or no more. */
export async function sessionOf(context: HttpContext, request: FastifyRequest): Promise<SessionRow> {
  const row = await getSession(context.ingest.db, sessionIdOf(request))
  if (row === null) throw sessionNotFound()
  return row
}

/**
 * A session that is not there is told before whatever else may be wrong with a request about it, so that one that never
 * was, one that was erased and one that the caller may not see are answered alike, to bad requests too.
 */
export async function absenceFirst(
  context: HttpContext,
  request: FastifyRequest,
  refusal: RecorderError,
): Promise<RecorderError> {
  const { id } = (request.params ?? {}) as { id?: string }
  const isAboutSession = request.caller !== null && id !== undefined && refusal.code !== 'SESSION_NOT_FOUND'
  if (!isAboutSession || refusal.code === 'TRY_LATER' || refusal.code === 'INTERNAL') return refusal
  try {
    await sessionOf(context, request)
    return refusal
  } catch (error) {
    return error instanceof RecorderError ? error : refusal
  }
}

/** As {@link sessionOf}, for whoever reads the recording: it is written down who did. */
export async function recordingOf(context: HttpContext, request: FastifyRequest): Promise<SessionRow> {
  const row = await sessionOf(context, request)
  await context.noteAccess(callerOf(request), 'read', row.id)
  return row
}
