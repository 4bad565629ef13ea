import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { ExplainedError } from '../../protocol/errors.js'
import { exportedFile, exportParams, exportQuery } from '../../protocol/http/index.js'
import { gathered } from '../exports/gathered.js'
import { EXPORTS, makeExport } from '../exports/make-export.js'
import { type App, callerOf, type HttpContext, sessionOf } from './context.js'

/** Each may hold tens of megabytes, and all share one processor with the ingest. */
const MAX_EXPORTS_AT_ONCE = 8
/** A reader that takes nothing for so long gives its place to another. */
const STALLED_AFTER_MS = 120_000
const RETRY_AFTER_MS = 5_000
/** A report that is opened from where it was downloaded to: it may show itself, and nothing else. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"

/** A recording as a file, made while it is sent. */
export function exportRoutes(app: App, context: HttpContext): void {
  let underWay = 0

  app.get(
    '/v1/sessions/:id/export/:format',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'A recording as a file: terminal, code history, events, statistics or a report',
        tags: ['exports'],
        produces: Object.values(EXPORTS).map(({ contentType }) => contentType.split(';')[0] as string),
        params: exportParams,
        querystring: exportQuery,
        response: { 200: exportedFile },
      },
    },
    async (request, reply) => {
      const row = await sessionOf(context, request)
      const { format } = request.params
      if (underWay >= MAX_EXPORTS_AT_ONCE) {
        context.onBound('exports')
        const details = { retryAfterMs: RETRY_AFTER_MS }
        throw new ExplainedError('RATE_LIMITED', 'Too many exports are being made at once.', details)
      }
      // Before anything is waited for, or those that come at once would all find a place.
      underWay++
      const end = () => {
        underWay--
      }
      try {
        await context.noteAccess(callerOf(request), 'export', row.id)
        const pieces = gathered(
          makeExport(context.analyses, row, format, request.query, context.ingest.clock()),
        )
        // A store that is away is told before the answer has begun.
        const first = await pieces.next()
        const body = Readable.from(continued(first, pieces), { objectMode: false, highWaterMark: 64 * 1024 })
        body.once('close', end)
        body.once('error', (error) => context.log(error, `GET /v1/sessions/:id/export/${format}`))
        return fileReply(reply, format, row.id).send(body as never)
      } catch (error) {
        end()
        throw error
      }
    },
  )
}

function fileReply(reply: FastifyReply, format: keyof typeof EXPORTS, sessionId: string): FastifyReply {
  const { contentType, ending } = EXPORTS[format]
  reply.raw.setTimeout(STALLED_AFTER_MS, () => reply.raw.destroy())
  if (format === 'html') reply.header('content-security-policy', REPORT_POLICY)
  return reply
    .type(contentType)
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename="interview-${sessionId}${ending}"`)
}

async function* continued(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  try {
    if (first.done) return
    yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
