import type { FastifyRequest } from 'fastify'
import type { TraceNotes } from '../../db/buffer/trace-notes.js'
import type { Span, Tracing } from '../../db/tracing/tracing.js'
import { type App, sessionIdOf } from './context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent where nothing is traced, and for all that is not the API. */
    span?: Span | null
  }
}

/** Where a request's own trace goes on; undefined where it is not traced. */
export const traceparentOf = (request: FastifyRequest): string | undefined =>
  request.span?.traceparent ?? undefined

/**
 * A span for each request of the API, in the trace that its `traceparent` header names. It has the route's pattern and never
 * the address, whose query may hold anything. A close leaves a note for the worker that completes it.
 */
export function traceRequests(app: App, tracing: Tracing, notes: TraceNotes): void {
  app.decorateRequest('span', null)
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions
    if (!url?.startsWith('/v1/')) return
    request.span = tracing.begin(`${request.method} ${url}`, {
      kind: 'server',
      parent: request.headers.traceparent,
      attributes: { 'http.request.method': request.method, 'http.route': url },
    })
  })
  app.addHook('preHandler', async (request) => {
    const traceparent = traceparentOf(request)
    if (traceparent === undefined || request.routeOptions.url !== '/v1/sessions/:id/close') return
    notes.note(sessionIdOf(request), { traceparent, closes: true }).catch(() => {})
  })
  app.addHook('onResponse', async (request, reply) => {
    const { id } = (request.params ?? {}) as { id?: string }
    // Only a caller that may open the session has named one; anybody else may have written anything there.
    const session = id !== undefined && request.caller !== null ? { 'recorder.session.id': id } : {}
    const { statusCode } = reply
    const status = { 'http.response.status_code': statusCode, ...session }
    request.span?.end(status, statusCode >= 500 ? String(statusCode) : undefined)
  })
}
