import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import type { ArchiveStore } from '../../db/archive/store.js'
import type { Stores } from '../../db/read-events.js'
import { getSession, type SessionRow } from '../../db/sessions.js'
import type { NoteAccess } from '../access-log.js'
import { type Claims, requireRole, requireSession, sessionNotFound, verifyToken } from '../auth/tokens.js'
import type { CloseContext } from '../close-session.js'
import type { IngestContext } from '../ingest/ingest.js'

export interface HttpContext {
  ingest: IngestContext
  close: CloseContext
  /** Where recordings are read: rows, buffer and archive as one. */
  stores: Stores
  archive: ArchiveStore
  authSecret: string
  allowedOrigins: string
  metrics: Registry
  noteAccess: NoteAccess
  log: (error: unknown, where: string) => void
  /** Resolves where all stores answer. */
  checkStores: () => Promise<void>
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
    const claims = await verifyToken(token, context.authSecret)
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

/** The session that the route's `:id` names, which the caller may open, in the form that is stored. */
export const sessionIdOf = (request: FastifyRequest): string =>
  requireSession(callerOf(request), (request.params as { id: string }).id)

/** The session of the route's `:id`. Throws SESSION_NOT_FOUND where there is none, or no more. */
export async function sessionOf(context: HttpContext, request: FastifyRequest): Promise<SessionRow> {
  const row = await getSession(context.ingest.db, sessionIdOf(request))
  if (row === null) throw sessionNotFound()
  return row
}

/** As {@link sessionOf}, for whoever reads the recording: it is written down who did. */
export async function recordingOf(context: HttpContext, request: FastifyRequest): Promise<SessionRow> {
  const row = await sessionOf(context, request)
  await context.noteAccess(callerOf(request), 'read', row.id)
  return row
}
