import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { ERRORS, RecorderError } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'
import { errorBody, toRecorderError } from '../errors.js'
import { type App, checkCallers, type HttpContext } from './context.js'
import { eventRoutes } from './event-routes.js'
import { operationRoutes } from './operation-routes.js'
import { sessionRoutes } from './session-routes.js'

/** The built console; absent in a tree that was never built. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../web-app/', import.meta.url))
/** A batch of the largest size and what JSON puts around it. */
const BODY_LIMIT_BYTES = LIMITS.maxBatchBytes + 64 * 1024

/** The HTTP API, its description under /docs, and the console. Listens to nothing yet. */
export async function makeApp(context: HttpContext): Promise<App> {
  const app = Fastify({
    logger: false,
    // Longer than any id: what is no session is answered as a missing one, not as a malformed address.
    routerOptions: { maxParamLength: 5000 },
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    // JSON from candidates may hold any key; nothing here merges it into other objects.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => {
    const known = knownError(error, (e) =>
      context.log(e, `${request.method} ${request.routeOptions.url ?? ''}`),
    )
    if (known.code === 'TRY_LATER') reply.header('retry-after', '1')
    return reply.code(ERRORS[known.code].httpStatus).send(errorBody(known))
  })

  await app.register(helmet, { contentSecurityPolicy: { directives: CSP }, strictTransportSecurity: false })
  await app.register(cors, {
    origin: context.allowedOrigins === '*' ? true : context.allowedOrigins.split(',').map((o) => o.trim()),
    exposedHeaders: ['retry-after'],
  })
  await app.register(swagger, {
    openapi: {
      info: { title: 'InterviewLM Recorder', version: '1', description: 'The session service over HTTP.' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  checkCallers(app, context)
  sessionRoutes(app, context)
  eventRoutes(app, context)
  operationRoutes(app, context)
  await serveConsole(app)
  return app
}

const CSP = {
  defaultSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'", 'ws:', 'wss:'],
  scriptSrc: ["'self'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
  upgradeInsecureRequests: null,
}

function knownError(error: unknown, log: (error: unknown) => void): RecorderError {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, message }) => ({ field: instancePath, message }))
    const first = issues[0]
    return new RecorderError('VALIDATION', `${first?.field || 'The request'}: ${first?.message}.`, { issues })
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new RecorderError('BODY_TOO_LARGE', `The body has more than ${BODY_LIMIT_BYTES} bytes.`)
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new RecorderError('VALIDATION', 'The request could not be read.')
  }
  return toRecorderError(error, log)
}

async function serveConsole(app: App): Promise<void> {
  const built = existsSync(`${CONSOLE_FOLDER}index.html`)
  if (built) {
    await app.register(fastifyStatic, {
      root: CONSOLE_FOLDER,
      setHeaders: (response, path) => {
        // Vite names assets by their content; the page that names them must always be asked for.
        const immutable = path.includes('/assets/')
        response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage = request.method === 'GET' && !/^\/(v1|docs|socket\.io)(\/|$)/.test(request.url)
    const wantsPage = request.headers.accept?.includes('text/html') ?? false
    if (built && isPage && wantsPage) return reply.sendFile('index.html')
    const error = new RecorderError('NOT_FOUND', 'There is no such address.')
    return reply.code(404).send(errorBody(error))
  })
}
