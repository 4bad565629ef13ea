import { listQuarantine, type QuarantinedEvent } from '../../db/quarantine.js'
import {
  type QuarantinedEventView,
  type QuarantineView,
  quarantinedEventView,
  quarantineQuery,
  quarantineView,
  sessionParams,
  turnParams,
} from '../../protocol/http/index.js'
import { sessionNotFound, sessionsOf } from '../auth/tokens.js'
import { COMMIT_WAIT_MS, pollUntil } from '../await-flush.js'
import { replayQuarantined } from '../replay-quarantined.js'
import { type App, callerOf, type HttpContext, sessionOf } from './context.js'

/** What PostgreSQL refused, for those who run the service: where it is, and putting it back after a fix [R5]. */
export function quarantineRoutes(app: App, context: HttpContext): void {
  const { db } = context.ingest

  const list = async (
    sessionIds: readonly string[] | null,
    { state, afterId, limit }: { state?: 'set aside' | undefined; afterId: number; limit: number },
  ): Promise<QuarantineView> => {
    const onlySetAside = state !== undefined
    const found = await listQuarantine(db, { sessionIds, onlySetAside, afterId, limit: limit + 1 })
    const page = found.slice(0, limit)
    return { entries: page.map(viewOf), nextAfterId: found.length > limit ? (page.at(-1)?.id ?? null) : null }
  }

  app.get(
    '/v1/quarantine',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'What the database refused of all sessions, the oldest first',
        tags: ['quarantine'],
        querystring: quarantineQuery,
        response: { 200: quarantineView },
      },
    },
    async (request) => list(sessionsOf(callerOf(request)), request.query),
  )

  app.get(
    '/v1/sessions/:id/quarantine',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'What the database refused of a session, the oldest first',
        tags: ['quarantine'],
        params: sessionParams,
        querystring: quarantineQuery,
        response: { 200: quarantineView },
      },
    },
    async (request) => list([(await sessionOf(context, request)).id], request.query),
  )

  app.post(
    '/v1/sessions/:id/quarantine/:seq/replay',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'Put an event back that the database refused, after a fix; 202 while it is on its way',
        tags: ['quarantine'],
        params: turnParams,
        response: { 200: quarantinedEventView, 202: quarantinedEventView },
      },
    },
    async (request, reply) => {
      const { id } = await sessionOf(context, request)
      const { seq } = request.params
      await replayQuarantined(context.ingest, context.stores, id, seq)
      await context.noteAccess(callerOf(request), 'replay', id)
      const look = async () => {
        const [entry] = await listQuarantine(db, {
          sessionIds: [id],
          onlySetAside: false,
          afterId: 0,
          limit: 1,
          seq,
        })
        if (entry === undefined) throw sessionNotFound()
        return entry
      }
      const entry = await pollUntil(context.ingest, COMMIT_WAIT_MS, look, ({ state }) => state === 'replayed')
      return reply.code(entry.state === 'replayed' ? 200 : 202).send(viewOf(entry))
    },
  )
}

const viewOf = ({ createdAt, ...entry }: QuarantinedEvent): QuarantinedEventView => ({
  ...entry,
  setAsideAtMs: createdAt.getTime(),
})
