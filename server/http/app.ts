import type { IncomingHttpHeaders } from 'node:http'
import cors from '@fastify/cors'
import Fastify from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { ERRORS, type ErrorCode, ExplainedError, type RecorderError } from '../../protocol/errors.js'
import { errorBody, retryAfterMsOf, toRecorderError } from '../errors.js'
import type { BoundName } from '../limits/bounds.js'
import { accessRoutes } from './access-routes.js'
import { analysisRoutes } from './analysis-routes.js'
import { annotationRoutes } from './annotation-routes.js'
import { archiveRoutes } from './archive-routes.js'
import { chatRoutes } from './chat-routes.js'
import { serveConsole } from './console.js'
import { type App, absenceFirst, checkCallers, type HttpContext } from './context.js'
import { demoRoutes } from './demo-routes.js'
import { erasureRoutes } from './erasure-routes.js'
import { eventRoutes } from './event-routes.js'
import { exportRoutes } from './export-routes.js'
import { describeApi } from './openapi.js'
import { operationRoutes } from './operation-routes.js'
import { playerRoutes } from './player-routes.js'
import { quarantineRoutes } from './quarantine-routes.js'
import { queueBoard } from './queue-board.js'
import { receiptRoutes } from './receipt-routes.js'
import { redactionRoutes } from './redaction-routes.js'
import { acceptPlainJson, BODY_LIMIT_BYTES, requestBounds } from './request-bounds.js'
import { traceRequests } from './request-traces.js'
import { securityHeaders } from './security-headers.js'
import { sessionRoutes } from './session-routes.js'
import { statisticsRoutes } from './statistics-routes.js'
import { typedRoutes } from './typed-routes.js'

/** How soon a request may be worth another try. */
const TRY_LATER_MS = 1_000

/** The bounds that are told by a refusal alone [I8]. */
const BOUND_OF: Partial<Record<ErrorCode, BoundName>> = {
  ANNOTATIONS_FULL: 'annotations',
  CHAT_LIMIT: 'chat',
  STATE_TOO_LARGE: 'stateSize',
}

/** The HTTP API, its description under /docs, and the console. Listens to nothing yet. */
export async function makeApp(context: HttpContext): Promise<App> {
  const app = Fastify({
    logger: false,
    // Longer than any id: what is no session is answered as a missing one, not as a malformed address.
    routerOptions: { maxParamLength: 5000 },
    ...requestBounds(context.requestTimeoutMs),
    // A server that stops answers what is under way, and what came behind it over the same connection.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // JSON from candidates may hold any key; nothing here merges it into other objects.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(async (error, request, reply) => {
    const refusal = knownError(error, (e) =>
      context.log(e, `${request.method} ${request.routeOptions.url ?? ''}`),
    )
    const known = await absenceFirst(context, request, refusal)
    // Some bodies are left unread, and their connection is closed: for all of these, or it would tell a session that
    // is not there from one of another.
    if (known.code === 'SESSION_NOT_FOUND' && hasBody(request.headers)) reply.header('connection', 'close')
    const bound = BOUND_OF[known.code]
    if (bound !== undefined) context.onBound(bound)
    const waitMs = retryAfterMsOf(known) ?? (known.code === 'TRY_LATER' ? TRY_LATER_MS : undefined)
    if (waitMs !== undefined) reply.header('retry-after', Math.ceil(waitMs / 1000))
    return reply.code(ERRORS[known.code].httpStatus).send(errorBody(known))
  })

  if (context.traces !== null) traceRequests(app, context.traces.tracing, context.traces.notes)
  await securityHeaders(app, context)
  await app.register(cors, {
    origin: context.allowedOrigins === '*' ? true : context.allowedOrigins.split(',').map((o) => o.trim()),
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    // A player in somebody else's page reads the service's clock from `date`.
    exposedHeaders: ['retry-after', 'content-disposition', 'date'],
  })
  await describeApi(app)
  acceptPlainJson(app)
  checkCallers(app, context)
  sessionRoutes(app, context)
  eventRoutes(app, context)
  typedRoutes(app, context)
  analysisRoutes(app, context)
  statisticsRoutes(app, context)
  playerRoutes(app, context)
  accessRoutes(app, context)
  erasureRoutes(app, context)
  annotationRoutes(app, context)
  chatRoutes(app, context)
  exportRoutes(app, context)
  archiveRoutes(app, context)
  redactionRoutes(app, context)
  quarantineRoutes(app, context)
  receiptRoutes(app, context)
  demoRoutes(app, context)
  operationRoutes(app, context)
  if (context.board !== null) await queueBoard(app, context, context.board)
  await serveConsole(app)
  return app
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined

function knownError(error: unknown, log: (error: unknown) => void): RecorderError {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, message }) => ({ field: instancePath, message }))
    const first = issues[0]
    return new ExplainedError('VALIDATION', `${first?.field || 'The request'}: ${first?.message}.`, {
      issues,
    })
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ExplainedError('BODY_TOO_LARGE', `The body has more than ${BODY_LIMIT_BYTES} bytes.`)
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new ExplainedError('MEDIA_TYPE_UNSUPPORTED', 'The body is of another type.')
  }
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return new ExplainedError('VALIDATION', 'The body is not JSON.')
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ExplainedError('VALIDATION', 'The request could not be read.')
  }
  return toRecorderError(error, log)
}
