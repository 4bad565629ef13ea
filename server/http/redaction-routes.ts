import { listRedactions } from '../../db/redactions.js'
import {
  createRedactionBody,
  listRedactionsQuery,
  redactionListView,
  redactionView,
  sessionParams,
} from '../../protocol/http/index.js'
import { Turns } from '../analysis/turns.js'
import { redactSession } from '../redaction/redact-session.js'
import { type App, callerOf, type HttpContext, recordingOf, sessionOf } from './context.js'

/** What was found of one session may fill some memory, so a server works on one at a time. */
const AT_ONCE = 1

/** Taking something out of a recording, and what was taken out [R15]. */
export function redactionRoutes(app: App, context: HttpContext): void {
  const turns = new Turns(AT_ONCE)

  app.post(
    '/v1/sessions/:id/redactions',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'Mask a text wherever it stands, or all texts of a range of events',
        tags: ['redactions'],
        params: sessionParams,
        body: createRedactionBody,
        response: { 201: redactionView },
      },
    },
    async (request, reply) => {
      const { id } = await sessionOf(context, request)
      const { role, sub } = callerOf(request)
      const { text, fromSeq = 0, toSeq = 0, reason } = request.body
      // Noted before it is tried: who failed to has tried.
      await context.noteAccess(callerOf(request), 'redact', id)
      const wish = { reason, by: { role, sub }, ...(text === undefined ? { fromSeq, toSeq } : { text }) }
      const { stores, ingest } = context
      const redaction = await turns.take(() =>
        redactSession(
          { stores, jobs: ingest.jobs, clock: ingest.clock, signer: context.signing.signer },
          id,
          wish,
        ),
      )
      return reply.code(201).send(redaction)
    },
  )

  app.get(
    '/v1/sessions/:id/redactions',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'What was taken out of a recording: where it stood, by whom and why',
        tags: ['redactions'],
        params: sessionParams,
        querystring: listRedactionsQuery,
        response: { 200: redactionListView },
      },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { afterId, limit } = request.query
      const found = await listRedactions(context.stores.db, id, { afterId, limit: limit + 1 })
      const redactions = found.slice(0, limit)
      return { redactions, nextAfterId: found.length > limit ? (redactions.at(-1)?.id ?? null) : null }
    },
  )
}
