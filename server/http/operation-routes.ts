import { z } from 'zod'
import type { App, HttpContext } from './context.js'

/** For those who run it: alive, ready, metrics. */
export function operationRoutes(app: App, context: HttpContext): void {
  const answer = z.object({ status: z.string() })
  const schema = (summary: string) => ({
    schema: { summary, tags: ['operation'], security: [], response: { 200: answer, 503: answer } },
  })
  app.get('/healthz', schema('The process runs'), async () => ({ status: 'ok' }))
  app.get(
    '/readyz',
    schema('The process takes what it is given: its stores answer and have room, and it does not stop'),
    async (_request, reply) => {
      const why = await context.whyNotReady()
      return reply.code(why === null ? 200 : 503).send({ status: why ?? 'ready' })
    },
  )
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    reply.type(context.metrics.contentType)
    return reply.send(await context.metrics.metrics())
  })
}
