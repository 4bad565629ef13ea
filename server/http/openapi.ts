import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { errorView } from '../../protocol/http/index.js'
import { IDEMPOTENCY_KEY } from '../../protocol/limits.js'
import type { App } from './context.js'
import { DOCS_POLICY } from './security-headers.js'

type Transform = typeof jsonSchemaTransform

/**
 * The API's description under /docs, made of the routes' own schemas. What is true of every route is added here: who
 * may call it, and that errors have one shape.
 */
export async function describeApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'InterviewLM Recorder', version: '1', description: ABOUT },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    transform: describeRoute,
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    uiConfig: { deepLinking: true },
    theme: { title: 'InterviewLM Recorder, API', css: [{ filename: 'own.css', content: NO_TOP_BAR }] },
  })
}

const ABOUT = `The session service over HTTP. docs/protocol.md says what the parts mean and lists all error codes.

Authorize with a token: \`npm start\` keeps one of role service in the file that it names as API token. Every write may be
repeated: where an Idempotency-Key is asked for, any new text will do, and the same one again records nothing twice.`
const NO_TOP_BAR = '.swagger-ui .topbar { display: none }'

const describeRoute: Transform = (input) => {
  const { schema, route } = input
  const roles = route.config?.roles
  if (!schema || roles === undefined) return jsonSchemaTransform(input)
  const described = {
    ...schema,
    ...(route.config?.key && { headers: keyHeader(route.config.key) }),
    description: `For tokens of role ${roles.join(' or ')}.`,
    'x-roles': roles,
    response: { ...(schema.response as object | undefined), '4XX': REFUSED, '5XX': FAILED },
  }
  const transformed = jsonSchemaTransform({ ...input, schema: described })
  const answers = transformed.schema.response as Record<string, { description?: string }>
  for (const [status, answer] of Object.entries(answers)) answer.description ??= MEANINGS[status] ?? ''
  return transformed
}

/** Described and not checked by it: a caller without one is told so by a code of its own. */
const keyHeader = (key: 'required' | 'or place') => {
  const header = z.string().regex(IDEMPOTENCY_KEY)
  return z.object({
    'Idempotency-Key':
      key === 'required'
        ? header.describe("The caller's own name of this write: the same one again changes nothing more.")
        : header.optional().describe('In the place of source and firstSeq: one of the two is needed.'),
  })
}

const MEANINGS: Record<string, string> = {
  200: 'Done, or the answer',
  201: 'Made',
  202: 'Received, and not complete yet',
}

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: errorView } },
})
const REFUSED = answer('Refused; the code says why')
const FAILED = answer('Not possible now')
