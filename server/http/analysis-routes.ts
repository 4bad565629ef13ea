import { distributions, distributionsBy, percentilesOf } from '../../db/statistics.js'
import { ExplainedError } from '../../protocol/errors.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  explainQuery,
  explanationView,
  segmentEventsView,
  segmentParams,
  seriesQuery,
  sessionParams,
  sessionSeriesView,
  sessionStatsView,
  stateQuery,
  stateView as stateSchema,
  statisticsQuery,
  statisticsView,
  statsQuery,
  timelineQuery,
  timelineView,
} from '../../protocol/http/index.js'
import { ANALYSIS_VERSION, metricsOf } from '../../replay/analysis/index.js'
import { explanationOf } from '../analysis/explanation.js'
import { seriesOf } from '../analysis/series.js'
import { eventsOfSegment, sessionStateAt } from '../analysis/session-state.js'
import { requireSession, sessionsOf } from '../auth/tokens.js'
import { type App, callerOf, type HttpContext, recordingOf } from './context.js'
import { sendJson } from './json-stream.js'
import { boundedStateView } from './state-view.js'

const READERS = { roles: ['proctor', 'service'] as const }

/** What is computed of recordings, and reads of parts of them. */
export function analysisRoutes(app: App, context: HttpContext): void {
  const { analyses, stores } = context

  app.get(
    '/v1/sessions/:id/stats',
    {
      config: READERS,
      schema: {
        summary: 'The statistics of a session, from its events alone',
        tags: ['statistics'],
        params: sessionParams,
        querystring: statsQuery,
        response: { 200: sessionStatsView },
      },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { stats } = await analyses.of(id, request.query.recompute)
      return stats()
    },
  )

  app.get(
    '/v1/sessions/:id/stats/explain',
    {
      config: READERS,
      schema: {
        summary: 'The events that made a number',
        tags: ['statistics'],
        params: sessionParams,
        querystring: explainQuery,
        response: { 200: explanationView },
      },
    },
    async (request) => {
      const row = await recordingOf(context, request)
      return analyses.turns.take(() => explanationOf(stores, row, request.query))
    },
  )

  app.get(
    '/v1/sessions/:id/stats/series',
    {
      config: READERS,
      schema: {
        summary: 'What of the statistics has a place in time',
        tags: ['statistics'],
        params: sessionParams,
        querystring: seriesQuery,
        response: { 200: sessionSeriesView },
      },
    },
    async (request) => {
      const row = await recordingOf(context, request)
      return seriesOf(stores, row, request.query.buckets, analyses.turns)
    },
  )

  app.get(
    '/v1/sessions/:id/timeline',
    {
      config: READERS,
      schema: {
        summary: 'Duration, checkpoints, density and segments of a recording',
        tags: ['replay'],
        params: sessionParams,
        querystring: timelineQuery,
        response: { 200: timelineView },
      },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { analysis } = await analyses.of(id)
      return analysis.timeline({ buckets: request.query.buckets })
    },
  )

  app.get(
    '/v1/sessions/:id/segments/:n',
    {
      config: READERS,
      schema: {
        summary: 'The events of one segment of the timeline',
        tags: ['replay'],
        params: segmentParams,
        response: { 200: segmentEventsView },
      },
    },
    async (request, reply) => {
      const { id } = await recordingOf(context, request)
      const { n } = request.params
      const { analysis } = await analyses.of(id)
      const { segments } = analysis.timeline({ buckets: 1 })
      const segment = /^\d{1,9}$/.test(n) ? segments[Number(n)] : undefined
      if (segment === undefined) {
        throw new ExplainedError(
          'SEGMENT_NOT_FOUND',
          `The recording has ${segments.length} segments, from 0 on.`,
        )
      }
      // A segment is bounded in events and in size, so it may be held; and a store that is away is told at once.
      const events: RecordedEvent[] = []
      for await (const page of eventsOfSegment(stores, id, segment)) events.push(...page)
      const { firstSeq, lastSeq } = segment
      return sendJson(reply, { n: Number(n), firstSeq, lastSeq, events }) as never
    },
  )

  app.get(
    '/v1/sessions/:id/state',
    {
      config: READERS,
      schema: {
        summary: 'Everything on the screen at a moment',
        tags: ['replay'],
        params: sessionParams,
        querystring: stateQuery,
        response: { 200: stateSchema },
      },
    },
    async (request, reply) => {
      const { id } = await recordingOf(context, request)
      const state = await sessionStateAt(analyses, id, request.query.atMs)
      return sendJson(reply, boundedStateView(state)) as never
    },
  )

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
}

const ownMetrics = async ({ analyses }: HttpContext, sessionId: string): Promise<Record<string, number>> =>
  metricsOf(await (await analyses.of(sessionId)).stats())

const placed = (metrics: Record<string, number>, percentiles: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, { value, percentile: percentiles[name] ?? null }]),
  )
