import { z } from 'zod'

interface Operation {
  parameters?: { in: string; name: string }[]
  responses: Record<
    string,
    { description?: string; content?: Record<string, { schema: z.core.JSONSchema.JSONSchema }> }
  >
  requestBody?: unknown
  'x-roles'?: string[]
}
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>
}

/** `GET /v1/sessions/{id}` and the like, of every route. */
export const routesOf = ({ paths }: ApiDocument): string[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )

export function operationOf({ paths }: ApiDocument, route: string): Operation {
  const [method = '', path = ''] = route.split(' ')
  const operation = paths[path]?.[method.toLowerCase()]
  if (operation === undefined) throw new Error(`the document has no ${route}`)
  return operation
}

/** What the document says of answers of this status and type; throws where it says nothing. */
export function answerSchema(operation: Operation, status: number, contentType: string): z.ZodType {
  const answer = operation.responses[status] ?? operation.responses[`${Math.floor(status / 100)}XX`]
  if (answer === undefined) throw new Error(`the document has no answer of status ${status}`)
  const type = contentType.split(';')[0] as string
  const schema = answer.content?.[type]?.schema
  if (schema === undefined) throw new Error(`the document has no answer ${status} of type ${type}`)
  return z.fromJSONSchema(schema)
}
