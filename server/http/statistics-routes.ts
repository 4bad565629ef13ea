import {
  type ComparedSession,
  distributions,
  distributionsBy,
  percentilesOf,
  sessionsInRange,
} from '../../db/statistics.js'
import { ExplainedError } from '../../protocol/errors.js'
import {
  comparedSessionsQuery,
  comparedSessionsView,
  statisticsQuery,
  statisticsView,
} from '../../protocol/http/index.js'
import { ANALYSIS_VERSION, isMetric, METRICS, metricsOf, unknownMetric } from '../../replay/analysis/index.js'
import { requireSession, sessionsOf, UUID } from '../auth/tokens.js'
import { type App, callerOf, type HttpContext } from './context.js'

const READERS = { roles: ['proctor', 'service'] as const }

/** Many sessions side by side. */
export function statisticsRoutes(app: App, context: HttpContext): void {
  const { stores } = context

  app.get(
    '/v1/stats',
    {
      config: READERS,
      schema: {
        summary: 'The statistics of many sessions side by side, and where one of them stands',
        tags: ['statistics'],
        querystring: statisticsQuery,
        response: { 200: statisticsView },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { groupBy, sessionId, ...filter } = request.query
      const query = { ...filter, version: ANALYSIS_VERSION, ids: sessionsOf(caller) }
      const id = sessionId === undefined ? null : requireSession(caller, sessionId)
      const session = id === null ? null : await ownMetrics(context, id)
      const percentiles = session === null ? {} : await percentilesOf(stores.db, query, session)
      const statistics = await distributions(stores.db, query)
      const groups = groupBy && (await distributionsBy(stores.db, query, groupBy))
      const read = new Set([
        ...(id === null ? [] : [id]),
        ...(statistics.sessions ?? []).map((each) => each.id),
        ...(groups ?? []).flatMap((g) => g.toldIds),
      ])
      for (const one of read) await context.noteAccess(caller, 'read', one)
      return {
        analysisVersion: ANALYSIS_VERSION,
        ...statistics,
        ...(groups && { groups: groups.map(({ toldIds, ...group }) => group) }),
        ...(session !== null && id !== null && { session: { id, metrics: placed(session, percentiles) } }),
      }
    },
  )

  app.get(
    '/v1/stats/sessions',
    {
      config: READERS,
      schema: {
        summary: 'The sessions whose number lies in a range, such as that of a bar',
        tags: ['statistics'],
        querystring: comparedSessionsQuery,
        response: { 200: comparedSessionsView },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { metric, atLeast, below, limit, cursor, ...filter } = request.query
      if (!isMetric(metric)) throw unknownMetric(Object.keys(METRICS))
      const query = { ...filter, version: ANALYSIS_VERSION, ids: sessionsOf(caller) }
      const page = { after: readCursor(cursor), limit: limit + 1 }
      const found = await sessionsInRange(stores.db, query, { metric, atLeast, below }, page)
      const sessions = found.sessions.slice(0, limit)
      // What is told of them is read in their recordings.
      const read = new Set([...found.toldIds, ...sessions.map(({ id }) => id)])
      for (const id of read) await context.noteAccess(caller, 'read', id)
      const last = sessions.at(-1)
      return {
        metric,
        count: found.count,
        sessions: sessions.map((session) => ({ ...session, startTime: session.startTime.getTime() })),
        nextCursor: found.sessions.length > limit && last ? cursorOf(last) : null,
      }
    },
  )
}

const ownMetrics = async ({ analyses }: HttpContext, sessionId: string): Promise<Record<string, number>> =>
  metricsOf(await (await analyses.of(sessionId)).stats())

const placed = (metrics: Record<string, number>, percentiles: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, { value, percentile: percentiles[name] ?? null }]),
  )

type Place = Pick<ComparedSession, 'value' | 'id'>

const cursorOf = ({ value, id }: Place): string => Buffer.from(`${value} ${id}`).toString('base64url')

function readCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null
  const [number = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const value = Number(number)
  if (number === '' || !Number.isFinite(value) || !UUID.test(id))
    throw new ExplainedError('VALIDATION', 'cursor: expected the nextCursor of another page.')
  return { value, id }
}
