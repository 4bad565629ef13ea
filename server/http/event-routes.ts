import { Readable } from 'node:stream'
import type { z } from 'zod'
import { type EventPage, iterateEventsJson, readEventsJson } from '../../db/read-events.js'
import { ExplainedError } from '../../protocol/errors.js'
import {
  claudeInteractionBody,
  codeSnapshotBody,
  eventPageView,
  postEventsBody,
  postedEventsView,
  readEventsQuery,
  sessionParams,
  testResultBody,
  waitQuery,
} from '../../protocol/http/index.js'
import { IDEMPOTENCY_KEY } from '../../protocol/limits.js'
import type { Claims } from '../auth/tokens.js'
import { COMMIT_WAIT_MS, flushNow, pollUntil } from '../await-flush.js'
import { eventError } from '../errors.js'
import { ingestOnce } from '../ingest/ingest.js'
import { type App, callerOf, type HttpContext, recordingOf, sessionIdOf } from './context.js'
import { traceparentOf } from './request-traces.js'

export function eventRoutes(app: App, context: HttpContext): void {
  app.post(
    '/v1/sessions/:id/events',
    {
      config: { roles: ['candidate', 'service'], key: 'or place' },
      schema: {
        summary: 'Append events; 202 once received, 200 once committed with ?wait=committed',
        tags: ['events'],
        params: sessionParams,
        querystring: waitQuery,
        body: postEventsBody,
        response: { 200: postedEventsView, 202: postedEventsView },
      },
    },
    async (request, reply) => {
      const claims = callerOf(request)
      const id = sessionIdOf(request)
      const place = placeOf(request.body, request.headers['idempotency-key'])
      const batch = { ...place, events: request.body.events, traceparent: traceparentOf(request) }
      const posted = await post(context, claims, id, batch, request.query.wait)
      return reply.code(posted.committed ? 200 : 202).send(posted.view)
    },
  )

  // As they were sent: a schema's output lacks a key `__proto__`, and unknown keys are kept.
  const sentBodies = new WeakMap<object, Record<string, unknown>>()
  const typedRoute = (path: string, summary: string, type: string, body: z.ZodObject) =>
    app.post(
      `/v1/sessions/:id/${path}`,
      {
        config: { roles: ['candidate', 'service'], key: 'or place' },
        preValidation: async (request) => {
          if (typeof request.body === 'object' && request.body !== null)
            sentBodies.set(request, request.body as Record<string, unknown>)
        },
        schema: {
          summary,
          tags: ['events'],
          params: sessionParams,
          querystring: waitQuery,
          body,
          response: { 200: postedEventsView, 202: postedEventsView },
        },
      },
      async (request, reply) => {
        const claims = callerOf(request)
        const id = sessionIdOf(request)
        const { source, firstSeq, timestamp, fileId, ...data } = sentBodies.get(request) ?? {}
        const place = placeOf({ source, firstSeq } as SentPlace, request.headers['idempotency-key'])
        const event = {
          type,
          timestamp: timestamp ?? context.ingest.clock(),
          data,
          ...(fileId === undefined ? {} : { fileId }),
        }
        const batch = { ...place, events: [event], traceparent: traceparentOf(request) }
        const posted = await post(context, claims, id, batch, request.query.wait)
        const refused = posted.view.rejected?.[0]
        // A list keeps its good events; here there is only the one, so its refusal is the answer.
        if (refused) throw eventError(refused)
        return reply.code(posted.committed ? 200 : 202).send(posted.view)
      },
    )
  typedRoute('claude-interactions', 'Record one turn of the AI chat', 'ai_interaction', claudeInteractionBody)
  typedRoute('code-snapshots', 'Record the whole text of a file', 'code_snapshot', codeSnapshotBody)
  typedRoute('test-results', 'Record the result of one test', 'test_result', testResultBody)

  app.get(
    '/v1/sessions/:id/events',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'Read events in order; Accept: application/x-ndjson streams all of them',
        tags: ['events'],
        params: sessionParams,
        querystring: readEventsQuery,
        response: { 200: eventPageView },
      },
    },
    async (request, reply) => {
      const { id } = await recordingOf(context, request)
      const { types, ...rest } = request.query
      const query = { ...rest, types: types?.split(',').filter((type) => /^[\x21-\x7e]+$/.test(type)) }
      if (!request.headers.accept?.includes('application/x-ndjson')) {
        const page = await readEventsJson(context.stores, id, query)
        return reply.type('application/json; charset=utf-8').send(pageBytes(page) as never)
      }
      const lines = Readable.from(linesOf(iterateEventsJson(context.stores, id, query)))
      return reply.type('application/x-ndjson; charset=utf-8').send(lines as never)
    },
  )
}

interface SentPlace {
  source?: string | undefined
  firstSeq?: number | undefined
}

interface Place {
  sourceId: string
  firstSeq: number
}

/**
 * Where a write stands, so that sending it again changes nothing [R10]: in its source, or, under an
 * Idempotency-Key, in a source of its own that has this one batch.
 */
function placeOf({ source, firstSeq }: SentPlace, key: string | string[] | undefined): Place {
  if (source !== undefined && firstSeq !== undefined) return { sourceId: source, firstSeq }
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key))
    // With a space, as in no source id that anybody can send.
    return { sourceId: `once ${key}`, firstSeq: 1 }
  throw new ExplainedError('IDEMPOTENCY_REQUIRED', 'The write could not be told from its own repetition.')
}

async function post(
  context: HttpContext,
  claims: Claims,
  sessionId: string,
  { sourceId, ...batch }: Place & { events: unknown[]; traceparent: string | undefined },
  wait: 'committed' | undefined,
) {
  const identity = { role: claims.role, sub: claims.sub, sourceId }
  const result = await ingestOnce(context.ingest, sessionId, identity, batch)
  const committedSeq =
    wait === undefined || result.committedSeq >= result.lastSeq
      ? result.committedSeq
      : await waitForCommit(context, sessionId, result.source, result.lastSeq)
  const { source, receivedSeq, rejected } = result
  return {
    committed: wait !== undefined && committedSeq >= result.lastSeq,
    view: {
      ok: true as const,
      source,
      receivedSeq,
      committedSeq,
      ...(rejected.length > 0 ? { rejected } : {}),
    },
  }
}

/** Has the session flushed now, and waits a while for it. Returns how far the source is committed then. */
async function waitForCommit(
  { ingest }: HttpContext,
  sessionId: string,
  source: number,
  lastSeq: number,
): Promise<number> {
  await flushNow(ingest, sessionId)
  const field = `c${source}`
  const committedSeq = async () => Number((await ingest.buffer.head(sessionId, [field]))?.fields[field] ?? 0)
  return pollUntil(ingest, COMMIT_WAIT_MS, committedSeq, (seq) => seq >= lastSeq)
}

/** The bytes of an eventPageView. Bytes, since a text would be written as JSON once more. */
const pageBytes = ({ epoch, events, nextAfterSeq }: EventPage<string>): Buffer =>
  Buffer.from(`{"epoch":${epoch},"events":[${events.join(',')}],"nextAfterSeq":${nextAfterSeq}}`)

async function* linesOf(pages: AsyncIterable<string[]>): AsyncIterable<string> {
  for await (const page of pages) yield `${page.join('\n')}\n`
}
