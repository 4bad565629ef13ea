import {
  claudeInteractionPageView,
  codeSnapshotPageView,
  sessionParams,
  testResultPageView,
  typedQuery,
} from '../../protocol/http/index.js'
import { claudeInteractions, codeSnapshots, pageOf, testResults } from '../typed/typed-reads.js'
import { type App, type HttpContext, recordingOf } from './context.js'

/** What is recorded, kind by kind: turns of the chat, texts of files, results of tests. */
export function typedRoutes(app: App, context: HttpContext): void {
  const readers = { config: { roles: ['proctor', 'service'] as const } }
  const schemaOf = (summary: string) => ({
    summary,
    tags: ['recording'],
    params: sessionParams,
    querystring: typedQuery,
  })

  app.get(
    '/v1/sessions/:id/claude-interactions',
    {
      ...readers,
      schema: {
        ...schemaOf('The turns of the AI chat, as recorded and rated'),
        response: { 200: claudeInteractionPageView },
      },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { afterSeq, limit } = request.query
      const { items, nextAfterSeq } = await pageOf(claudeInteractions(context.stores, id, afterSeq), limit)
      return { claudeInteractions: items, nextAfterSeq }
    },
  )

  app.get(
    '/v1/sessions/:id/code-snapshots',
    {
      ...readers,
      schema: {
        ...schemaOf("The files' texts, each where it had changed"),
        response: { 200: codeSnapshotPageView },
      },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { afterSeq, limit } = request.query
      const { items, nextAfterSeq } = await pageOf(codeSnapshots(context.stores, id, afterSeq), limit)
      return { codeSnapshots: items, nextAfterSeq }
    },
  )

  app.get(
    '/v1/sessions/:id/test-results',
    {
      ...readers,
      schema: { ...schemaOf('The results of tests'), response: { 200: testResultPageView } },
    },
    async (request) => {
      const { id } = await recordingOf(context, request)
      const { afterSeq, limit } = request.query
      const { items, nextAfterSeq } = await pageOf(testResults(context.stores, id, afterSeq), limit)
      return { testResults: items, nextAfterSeq }
    },
  )
}
