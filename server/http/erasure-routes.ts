import { erasureView, sessionParams } from '../../protocol/http/index.js'
import { type App, callerOf, type HttpContext, sessionIdOf } from './context.js'

export function erasureRoutes(app: App, context: HttpContext): void {
  app.delete(
    '/v1/sessions/:id',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'Erase a session: 200 when nothing is left of it, 202 while a store is away',
        tags: ['sessions'],
        params: sessionParams,
        response: { 200: erasureView, 202: erasureView },
      },
    },
    async (request, reply) => {
      const { role, sub } = callerOf(request)
      const id = sessionIdOf(request)
      const erased = await context.erase(id, { role, sub })
      return reply.code(erased ? 200 : 202).send({ id, erased })
    },
  )
}
