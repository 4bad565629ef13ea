import { PassThrough } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { chatBody, chatView, sessionParams } from '../../protocol/http/index.js'
import type { OpenTurn } from '../chat/chat.js'
import { errorBody, toRecorderError } from '../errors.js'
import { type App, callerOf, type HttpContext, idempotencyKeyOf, sessionIdOf } from './context.js'

/** So that nobody between takes a connection for dead while the model thinks. */
const SIGN_OF_LIFE_MS = 15_000

/** A ready chat: the question comes from the caller, the conversation from the recording. */
export function chatRoutes(app: App, context: HttpContext): void {
  app.post(
    '/v1/sessions/:id/chat',
    {
      config: { roles: ['candidate', 'service'], key: 'required' },
      schema: {
        summary: 'Ask the model; question and answer are recorded',
        tags: ['chat'],
        params: sessionParams,
        body: chatBody,
        response: { 200: chatView },
      },
    },
    async (request, reply) => {
      const { message, stream } = request.body
      const key = idempotencyKeyOf(request)
      const turn = await context.chat.open(callerOf(request), sessionIdOf(request), key, message)
      // Whoever goes before the end is not answered any more; what came is recorded.
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) turn.abort()
      })
      if (reply.raw.destroyed) turn.abort()
      if (!stream) return turn.answer(() => {})
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(events(turn, reply, (error) => context.log(error, 'chat')) as never)
    },
  )
}

/** The turn as server-sent events. Nothing waits for a slow reader: an answer is no longer than the model may make it. */
function events(turn: OpenTurn, reply: FastifyReply, log: (error: unknown) => void): PassThrough {
  const out = new PassThrough()
  const write = (text: string) => {
    if (!reply.raw.destroyed) out.write(text)
  }
  const send = (event: string, data: object) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  const timer = setInterval(() => write(': \n\n'), SIGN_OF_LIFE_MS)
  write(': \n\n')
  turn
    .answer((text) => send('text', { text }))
    .then(
      (view) => send('done', view),
      (error) => send('error', errorBody(toRecorderError(error, log))),
    )
    .finally(() => {
      clearInterval(timer)
      out.end()
    })
  return out
}
