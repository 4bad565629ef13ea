import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import type { NoteAccess } from '../access-log.js'
import type { Claims } from '../auth/tokens.js'
import { requireRole, verifyToken } from '../auth/tokens.js'
import type { CloseContext } from '../close-session.js'
import type { IngestContext } from '../ingest/ingest.js'

export interface HttpContext {
  ingest: IngestContext
  close: CloseContext
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

/** The caller's claims, of one of these roles. Throws RecorderError. */
export async function callerOf(
  context: HttpContext,
  request: FastifyRequest,
  ...roles: Claims['role'][]
): Promise<Claims> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const claims = await verifyToken(token, context.authSecret)
  requireRole(claims, ...roles)
  return claims
}
