import { annotationVersions, changeNote, currentAnnotations } from '../../db/annotations.js'
import { ExplainedError } from '../../protocol/errors.js'
import {
  annotationListView,
  annotationParams,
  annotationView,
  changeAnnotationBody,
  createAnnotationBody,
  listAnnotationsQuery,
  ratedTurnView,
  rateTurnBody,
  sessionParams,
  turnParams,
} from '../../protocol/http/index.js'
import { recount } from '../analysis/recount.js'
import { notAdded, rate } from '../annotations.js'
import { type App, callerOf, type HttpContext, idempotencyKeyOf, recordingOf, sessionOf } from './context.js'

/** What reviewers write about a recording, while it is made and afterwards [R16]. */
export function annotationRoutes(app: App, context: HttpContext): void {
  const { db, jobs } = context.ingest

  app.get(
    '/v1/sessions/:id/annotations',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'Notes, flags and ratings as they stand, or all their versions',
        tags: ['annotations'],
        params: sessionParams,
        querystring: listAnnotationsQuery,
        response: { 200: annotationListView },
      },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { history, after, limit } = request.query
      const isHistory = history === 'true'
      const read = isHistory ? annotationVersions : currentAnnotations
      const found = await read(db, id, after, limit + 1)
      const annotations = found.slice(0, limit)
      const last = annotations.at(-1)
      const nextAfter = found.length > limit && last ? (isHistory ? last.version : last.id) : null
      return { annotations, nextAfter }
    },
  )

  app.post(
    '/v1/sessions/:id/annotations',
    {
      config: { roles: ['proctor', 'service'], key: 'required' },
      schema: {
        summary: 'Note or flag a moment; live to all who watch while the session is active',
        tags: ['annotations'],
        params: sessionParams,
        body: createAnnotationBody,
        response: { 201: annotationView },
      },
    },
    async (request, reply) => {
      const { id: sessionId } = await sessionOf(context, request)
      const id = idempotencyKeyOf(request)
      const annotation = await context.actions.annotate(callerOf(request), { ...request.body, sessionId, id })
      return reply.code(201).send(annotation)
    },
  )

  const changed = async (...args: Parameters<typeof changeNote>) => {
    const [, sessionId, id] = args
    const result = /^\d{1,18}$/.test(id) ? await changeNote(...args) : 'not found'
    if (result === 'not found') throw new ExplainedError('NOT_FOUND', 'There is no such note or flag.')
    if (result === 'forbidden') throw new ExplainedError('NOT_AUTHOR', 'Somebody else wrote it.')
    if (typeof result === 'string') throw notAdded(result)
    jobs.archive(sessionId).catch(() => {})
    if (result.source === null) await recount(context.analyses, sessionId, context.log)
    return result
  }

  app.patch(
    '/v1/sessions/:id/annotations/:annotationId',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'Write a later version of a note or flag',
        tags: ['annotations'],
        params: annotationParams,
        body: changeAnnotationBody,
        response: { 200: annotationView },
      },
    },
    async (request) => {
      const { id } = await sessionOf(context, request)
      const { annotationId } = request.params
      return changed(db, id, annotationId, callerOf(request), request.body)
    },
  )

  app.delete(
    '/v1/sessions/:id/annotations/:annotationId',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'Take a note or flag away; its versions stay in the history',
        tags: ['annotations'],
        params: annotationParams,
        response: { 200: annotationView },
      },
    },
    async (request) => {
      const { id } = await sessionOf(context, request)
      return changed(db, id, request.params.annotationId, callerOf(request), null)
    },
  )

  app.patch(
    '/v1/sessions/:id/claude-interactions/:seq',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'Rate a turn of the AI chat from 1 to 5, or take the rating away',
        tags: ['annotations'],
        params: turnParams,
        body: rateTurnBody,
        response: { 200: ratedTurnView },
      },
    },
    async (request) => {
      const { id, status } = await sessionOf(context, request)
      const { seq } = request.params
      const { promptQuality } = request.body
      await rate(context, callerOf(request), id, seq, promptQuality)
      // Of an active session nothing is compared yet.
      if (status !== 'ACTIVE') await recount(context.analyses, id, context.log)
      return { seq, promptQuality }
    },
  )
}
