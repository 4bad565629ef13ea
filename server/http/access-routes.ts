import { readAccess } from '../../db/access-log.js'
import { accessLogQuery, accessLogView, sessionParams } from '../../protocol/http/index.js'
import { type App, type HttpContext, sessionOf } from './context.js'

/** Who looked at a recording, for whoever answers for it. */
export function accessRoutes(app: App, context: HttpContext): void {
  app.get(
    '/v1/sessions/:id/access-log',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'Who watched, read, exported or changed the recording, the oldest first',
        tags: ['sessions'],
        params: sessionParams,
        querystring: accessLogQuery,
        response: { 200: accessLogView },
      },
    },
    async (request) => {
      const { id } = await sessionOf(context, request)
      const { afterId, limit } = request.query
      const found = await readAccess(context.ingest.db, id, { afterId, limit: limit + 1 })
      const page = found.slice(0, limit)
      const nextAfterId = found.length > limit ? (page.at(-1)?.id ?? null) : null
      return { entries: page.map(({ at, ...entry }) => ({ ...entry, atMs: at.getTime() })), nextAfterId }
    },
  )
}
