import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { errorView } from '../../protocol/http/index.js'
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
      info: { title: 'InterviewLM Recorder', version: '1', description: 'The session service over HTTP.' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    transform: describeRoute,
  })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCS_POLICY })
}

const describeRoute: Transform = (input) => {
  const { schema, route } = input
  const roles = route.config?.roles
  if (!schema || roles === undefined) return jsonSchemaTransform(input)
  const described = {
    ...schema,
    description: `For tokens of role ${roles.join(' or ')}.`,
    'x-roles': roles,
    response: { ...(schema.response as object | undefined), '4XX': REFUSED, '5XX': FAILED },
  }
  return jsonSchemaTransform({ ...input, schema: described })
}

const answer = (description: string) => ({
  description,
  content: { 'application/json': { schema: errorView } },
})
const REFUSED = answer('Refused; the code says why')
const FAILED = answer('Not possible now')
