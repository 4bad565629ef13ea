import { ExplainedError } from '../../protocol/errors.js'
import { archiveObject, archiveObjectParams } from '../../protocol/http/index.js'
import { type App, callerOf, type HttpContext, sessionOf } from './context.js'

/** The objects of an archive as they lie in it, for whoever wants to keep or show a recording elsewhere. */
export function archiveRoutes(app: App, context: HttpContext): void {
  app.get(
    '/v1/sessions/:id/archive/:object',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: "An object of a closed session's archive",
        tags: ['exports'],
        produces: ['application/gzip', 'application/json'],
        params: archiveObjectParams,
        response: { 200: archiveObject },
      },
    },
    async (request, reply) => {
      const row = await sessionOf(context, request)
      await context.noteAccess(callerOf(request), 'export', row.id)
      const { object } = request.params
      if (row.status === 'ACTIVE' || row.archiveState !== 'verified' || row.storagePath === null)
        throw new ExplainedError('ARCHIVE_NOT_FOUND', 'This session is not archived, or not yet.')
      const body = await context.archive.get(`${row.storagePath}/${object}`)
      if (body === null) throw new ExplainedError('ARCHIVE_NOT_FOUND', `Its archive has no ${object}.`)
      body.once('error', (error) => context.log(error, 'GET /v1/sessions/:id/archive/:object'))
      // Not JSON of the API: it is passed on as it is.
      return reply.type(object.endsWith('.gz') ? 'application/gzip' : 'application/json').send(body as never)
    },
  )
}
