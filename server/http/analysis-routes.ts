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
  statsQuery,
  timelineQuery,
  timelineView,
} from '../../protocol/http/index.js'
import { explanationOf } from '../analysis/explanation.js'
import { seriesOf } from '../analysis/series.js'
import { eventsOfSegment, sessionStateAt } from '../analysis/session-state.js'
import { type App, type HttpContext, recordingOf } from './context.js'
import { sendJson } from './json-stream.js'
import { boundedStateView } from './state-view.js'

const READERS = { roles: ['proctor', 'service'] as const }

/** What is computed of a recording, and reads of parts of it. */
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
}
