import { randomUUID } from 'node:crypto'
import { createSession } from '../../db/sessions.js'
import { DEMO_QUESTION, DEMO_TIME_LIMIT_SEC } from '../../protocol/demo.js'
import { demoSessionView, demoView } from '../../protocol/http/index.js'
import { signToken, TOKEN_OUTLIVES_SEC } from '../auth/tokens.js'
import type { App, HttpContext } from './context.js'

/**
 * How anybody comes into the demo interview at /demo. Where it is off there are no such addresses: whoever runs the
 * service for real candidates must not hand out sessions to strangers.
 */
export function demoRoutes(app: App, context: HttpContext): void {
  if (!context.demo) return
  const schema = { tags: ['demo'], security: [] }

  app.get(
    '/v1/demo',
    { schema: { ...schema, summary: 'Whether there is a demo interview', response: { 200: demoView } } },
    async () => ({ chat: context.chat.isOn }),
  )

  app.post(
    '/v1/demo/sessions',
    {
      schema: {
        ...schema,
        summary: 'A demo interview for a candidate of its own',
        response: { 201: demoSessionView },
      },
    },
    async (request, reply) => {
      context.gate.countDemo(context.addressOf(request.raw))
      const { row } = await createSession(context.ingest.db, {
        candidateId: `demo-${randomUUID()}`,
        question: DEMO_QUESTION,
        timeLimit: DEMO_TIME_LIMIT_SEC,
        metadata: { demo: true },
      })
      const candidateToken = await signToken(
        {
          role: 'candidate',
          sub: row.candidateId,
          sid: row.id,
          expiresInSec: DEMO_TIME_LIMIT_SEC + TOKEN_OUTLIVES_SEC,
        },
        context.authSecret,
      )
      return reply.code(201).send({ sessionId: row.id, candidateToken, chat: context.chat.isOn })
    },
  )
}
