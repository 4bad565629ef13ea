import { loadMetrics } from '../../db/analyses.js'
import { createSession, listSessions, listSources, type SessionRow } from '../../db/sessions.js'
import { ExplainedError } from '../../protocol/errors.js'
import {
  closedSessionView,
  closedStatusView,
  closeSessionBody,
  createdSessionView,
  createSessionBody,
  listSessionsQuery,
  moment,
  type SessionView,
  sessionDetailView,
  sessionListView,
  sessionParams,
  sessionStatusView,
  sessionView,
  tokenBody,
  tokenView,
} from '../../protocol/http/index.js'
import { ANALYSIS_VERSION } from '../../replay/index.js'
import { type Claims, requireRole, sessionsOf, signToken, TOKEN_OUTLIVES_SEC, UUID } from '../auth/tokens.js'
import { closeSession } from '../close-session.js'
import { eventError } from '../errors.js'
import { checkBatch } from '../ingest/check-batch.js'
import { ingestOnce } from '../ingest/ingest.js'
import { SourceTimeline } from '../ingest/source-time.js'
import { type App, callerOf, type HttpContext, sessionIdOf, sessionOf } from './context.js'
import { committedReceipt } from './receipt-routes.js'

export function sessionRoutes(app: App, context: HttpContext): void {
  const { db } = context.ingest

  app.post(
    '/v1/sessions',
    {
      config: { roles: ['service'] },
      schema: {
        summary: "Start a candidate's recording",
        tags: ['sessions'],
        body: createSessionBody,
        response: { 201: createdSessionView, 200: createdSessionView },
      },
    },
    async (request, reply) => {
      const { row, created } = await createSession(db, {
        ...request.body,
        timeLimit: request.body.timeLimit ?? null,
      })
      if (!created && row.status !== 'ACTIVE') {
        throw new ExplainedError('CANDIDATE_CLOSED', "This candidate's session is closed.")
      }
      const candidateToken = await signToken(
        {
          role: 'candidate',
          sub: row.candidateId,
          sid: row.id,
          expiresInSec: (row.timeLimit ?? 0) + TOKEN_OUTLIVES_SEC,
        },
        context.authSecret,
      )
      return reply.code(created ? 201 : 200).send({ ...viewOf(row), candidateToken })
    },
  )

  app.get(
    '/v1/sessions',
    {
      config: { roles: ['proctor', 'service'] },
      schema: {
        summary: 'List sessions, the newest first',
        tags: ['sessions'],
        querystring: listSessionsQuery,
        response: { 200: sessionListView },
      },
    },
    async (request) => {
      const claims = callerOf(request)
      const { status, candidateId, limit, cursor } = request.query
      const ids = sessionsOf(claims)
      const rows = await listSessions(db, {
        status,
        candidateId,
        ids,
        limit: limit + 1,
        after: readCursor(cursor),
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const nextCursor = rows.length > limit && last ? cursorOf(last) : null
      const metrics = await loadMetrics(
        db,
        page.map(({ id }) => id),
        COUNTED,
        ANALYSIS_VERSION,
      )
      return {
        sessions: page.map((row) => ({ ...viewOf(row), counts: countsOf(metrics.get(row.id)) })),
        nextCursor,
      }
    },
  )

  app.get(
    '/v1/sessions/:id',
    {
      config: { roles: ['candidate', 'proctor', 'service'] },
      schema: {
        summary: 'One session; candidates get the status of their own',
        tags: ['sessions'],
        params: sessionParams,
        response: { 200: sessionDetailView.or(sessionStatusView) },
      },
    },
    async (request) => {
      const claims = callerOf(request)
      const id = sessionIdOf(request)
      const row = await sessionOf(context, request)
      if (claims.role === 'candidate') return sessionStatusView.parse(viewOf(row))
      const sources = (await listSources(db, id)).map(({ committedSeq, ...source }) => source)
      return { ...viewOf(row), sources }
    },
  )

  app.post(
    '/v1/sessions/:id/close',
    {
      config: { roles: ['candidate', 'service'] },
      schema: {
        summary: 'Close a session: complete at once, archived when S3 is there',
        tags: ['sessions'],
        params: sessionParams,
        body: closeSessionBody,
        response: { 200: closedSessionView.or(closedStatusView), 202: sessionView.or(sessionStatusView) },
      },
    },
    async (request, reply) => {
      const claims = callerOf(request)
      const id = sessionIdOf(request)
      const { status, ...submitted } = request.body
      if (status === 'ERROR') requireRole(claims, 'service')
      const row = await sessionOf(context, request)
      if (row.closeRequestedAt === null) await submit(context, claims, id, submitted)
      const view = viewOf(await closeSession(context.close, id, status))
      const shown = claims.role === 'candidate' ? sessionStatusView.parse(view) : view
      if (view.status === 'ACTIVE') return reply.code(202).send(shown)
      return { ...shown, receipt: await committedReceipt(context, id) }
    },
  )

  app.post(
    '/v1/sessions/:id/token',
    {
      config: { roles: ['service'] },
      schema: {
        summary: 'A new token for a session',
        tags: ['sessions'],
        params: sessionParams,
        body: tokenBody,
        response: { 200: tokenView },
      },
    },
    async (request) => {
      const claims = callerOf(request)
      const id = sessionIdOf(request)
      const row = await sessionOf(context, request)
      const { role, sub, expiresInSec } = request.body
      const bearer = role === 'candidate' ? row.candidateId : (sub ?? claims.sub)
      return { token: await signToken({ role, sub: bearer, sid: id, expiresInSec }, context.authSecret) }
    },
  )
}

/**
 * Records what a close brings along. One source per close and caller: a repeated request is a resend of the same
 * event [R10]. Throws RecorderError where it can't be kept, before it has used up its place: the session stays
 * open for another try.
 */
async function submit(
  { ingest }: HttpContext,
  claims: Claims,
  sessionId: string,
  { finalCode, scores }: { finalCode?: unknown; scores?: unknown },
): Promise<void> {
  if (finalCode === undefined && scores === undefined) return
  const data = {
    ...(finalCode === undefined ? {} : { finalCode }),
    ...(scores === undefined ? {} : { scores }),
  }
  const batch = { firstSeq: 1, events: [{ type: 'session_submit', timestamp: ingest.clock(), data }] }
  const timeline = new SourceTimeline(0, null)
  const writer = { role: claims.role, timeline, candidateTypes: ingest.candidateTypes }
  const [refused] = checkBatch(batch, writer, ingest.clock()).rejected
  if (refused) throw eventError(refused)
  // With a space, as in no source id that anybody can send: a source that was called so would have used up its place.
  const identity = { role: claims.role, sub: claims.sub, sourceId: 'the close' }
  await ingestOnce(ingest, sessionId, identity, batch)
}

const COUNTED = [
  'testExecution.passed',
  'testExecution.failed',
  'claudeInteractions.interactionsByRole.user',
] as const

function countsOf(metrics: Readonly<Record<string, number>> | undefined) {
  if (metrics === undefined) return null
  const [testsPassed, testsFailed, aiPrompts] = COUNTED.map((name) => metrics[name] ?? 0)
  return { testsPassed: testsPassed ?? 0, testsFailed: testsFailed ?? 0, aiPrompts: aiPrompts ?? 0 }
}

export function viewOf(row: SessionRow): SessionView {
  return {
    id: row.id,
    candidateId: row.candidateId,
    status: row.status,
    closing: row.status === 'ACTIVE' && row.closeRequestedAt !== null,
    question: row.question,
    metadata: row.metadata,
    timeLimit: row.timeLimit,
    keystrokeSampling: row.keystrokeSampling,
    startTime: row.startTime.getTime(),
    endTime: row.endTime?.getTime() ?? null,
    duration: row.duration,
    eventCount: row.eventCount,
    storagePath: row.storagePath,
    storageSize: row.storageSize,
    archive: { state: row.archiveState, generation: row.archiveGeneration, error: row.archiveError },
  }
}

const cursorOf = (row: SessionRow): string =>
  Buffer.from(`${row.startTime.toISOString()} ${row.id}`).toString('base64url')

function readCursor(cursor: string | undefined): { startTime: Date; id: string } | undefined {
  if (cursor === undefined) return undefined
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const startTime = new Date(time)
  if (!moment.safeParse(startTime.getTime()).success || !UUID.test(id)) {
    throw new ExplainedError('VALIDATION', 'cursor: expected the nextCursor of another page.')
  }
  return { startTime, id }
}
