import { z } from 'zod'
import type { App, HttpContext } from './context.js'

/** For those who run it: alive, ready, metrics. */
export function operationRoutes(app: App, context: HttpContext): void {
  const answer = z.object({ status: z.string() })
  const schema = (summary: string) => ({
    schema: { summary, tags: ['operation'], security: [], response: { 200: answer, 503: answer } },
  })
  app.get('/healthz', schema('The process runs'), async () => ({ status: 'ok' }))
  app.get('/readyz', schema('The process and its stores answer'), async (_request, reply) => {
    const ready = await context.checkStores().then(
      () => true,
      () => false,
    )
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'a store is away' })
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    reply.type(context.metrics.contentType)
    return reply.send(await context.metrics.metrics())
  })
}
