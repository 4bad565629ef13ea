import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { keyframeAnswer } from '../../db/session-keyframes.js'
import { KEYFRAMES_OBJECT } from '../../protocol/archive-format.js'
import { ExplainedError } from '../../protocol/errors.js'
import {
  keyframesFile,
  type SessionOverviewView,
  sessionKeyframeView,
  sessionOverviewView,
  sessionParams,
} from '../../protocol/http/index.js'
import { type ArchivedOverview, SESSION_KEYFRAME_VERSION } from '../../replay/index.js'
import { archivedRecording } from '../analysis/archived-overview.js'
import { sessionOverview } from '../analysis/session-state.js'
import { type App, type HttpContext, recordingOf } from './context.js'
import { sendJson } from './json-stream.js'

const READERS = { roles: ['proctor', 'service'] as const }
/** Held at once of a range that is sent. */
const PIECE_BYTES = 1024 * 1024
/** Less is sent as it is. */
const PACKED_FROM_CHARS = 16 * 1024

const packed = promisify(gzip)
const unpacked = promisify(gunzip)

/** What a player begins with: a recording as a whole, and states to go on from. */
export function playerRoutes(app: App, context: HttpContext): void {
  const { analyses, stores } = context

  app.get(
    '/v1/sessions/:id/overview',
    {
      config: READERS,
      schema: {
        summary: 'What a player must know of a recording before it has any of its events',
        tags: ['replay'],
        params: sessionParams,
        response: { 200: sessionOverviewView },
      },
    },
    async (request, reply) => {
      const { id } = await recordingOf(context, request)
      const { overview, segments, archived } = await sessionOverview(analyses, id)
      const view: SessionOverviewView = {
        generation: archived?.generation ?? null,
        overview: overview as SessionOverviewView['overview'],
        segments: segments.map(({ firstSeq, lastSeq, firstMs, lastMs }) => ({
          firstSeq,
          lastSeq,
          firstMs,
          lastMs,
        })),
        keyframes: archived === null ? [] : keyframeRuns(archived),
      }
      return (await sendPacked(request, reply, view)) as never
    },
  )

  app.get(
    '/v1/sessions/:id/keyframe',
    {
      config: READERS,
      schema: {
        summary: 'What a session that goes on had come to some events ago, to join it quickly',
        tags: ['replay'],
        params: sessionParams,
        response: { 200: sessionKeyframeView },
      },
    },
    async (request, reply) => {
      const { id } = await recordingOf(context, request)
      const answer = await keyframeAnswer(stores.db, id, SESSION_KEYFRAME_VERSION)
      if (answer === null) return { keyframe: null }
      reply.type('application/json; charset=utf-8').header('vary', 'accept-encoding')
      if (!takesGzip(request)) return reply.send((await unpacked(answer)) as never)
      return reply.header('content-encoding', 'gzip').send(answer as never)
    },
  )

  app.get(
    '/v1/sessions/:id/keyframes',
    {
      config: READERS,
      schema: {
        summary: "A recording's keyframes as its archive has them; takes a Range",
        tags: ['replay'],
        produces: ['application/gzip'],
        params: sessionParams,
        response: { 200: keyframesFile, 206: keyframesFile },
      },
    },
    async (request, reply) => {
      const { id } = await recordingOf(context, request)
      const recording = await archivedRecording(stores, id)
      const size = recording?.archived.objects[KEYFRAMES_OBJECT]?.bytes ?? 0
      const range = rangeOf(request.headers.range, size)
      if (recording === null || range === null) {
        const why = recording === null ? 'This session has no keyframes.' : `The keyframes are ${size} bytes.`
        throw new ExplainedError('KEYFRAMES_NOT_FOUND', why)
      }
      const [first, end] = range
      async function* bytes() {
        for (let at = first; at < end; ) {
          const piece = await recording?.reader.keyframeBytes(at, Math.min(PIECE_BYTES, end - at))
          // Written anew meanwhile; what was sent is not what was promised, and the connection says so.
          if (!piece?.length) throw new Error('The keyframes became shorter.')
          yield piece
          at += piece.length
        }
      }
      const body = Readable.from(bytes(), { objectMode: false })
      body.once('error', (error) => context.log(error, 'GET /v1/sessions/:id/keyframes'))
      return reply
        .code(request.headers.range === undefined ? 200 : 206)
        .headers({
          'content-type': 'application/gzip',
          'content-length': end - first,
          'accept-ranges': 'bytes',
          ...(request.headers.range !== undefined && {
            'content-range': `bytes ${first}-${end - 1}/${size}`,
          }),
        })
        .send(body as never)
    },
  )
}

function keyframeRuns({ keyframes, anew = [], objects }: ArchivedOverview): SessionOverviewView['keyframes'] {
  const { segments = [] } = objects[KEYFRAMES_OBJECT] ?? {}
  const isAnew = new Set(anew)
  return segments.map(({ offset, length, sha256, firstSeq, lastSeq }) => ({
    offset,
    length,
    sha256,
    places: keyframes.slice(firstSeq - 1, lastSeq),
    isAnew: isAnew.has(firstSeq),
  }))
}

/** The first byte and the one behind the last, all without a range; null where that is none of the object. */
function rangeOf(header: string | undefined, size: number): [first: number, end: number] | null {
  if (header === undefined) return [0, size]
  const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header) ?? []
  if (from === undefined)
    throw new ExplainedError('VALIDATION', 'Range: one range of bytes is taken, bytes=from-to.')
  const end = to ? Math.min(Number(to) + 1, size) : size
  return Number(from) < end ? [Number(from), end] : null
}

const takesGzip = ({ headers }: FastifyRequest): boolean =>
  /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))

/** A large answer as gzip, for those who take it: an overview is mostly words that repeat. */
async function sendPacked(
  request: FastifyRequest,
  reply: FastifyReply,
  value: unknown,
): Promise<FastifyReply> {
  const json = JSON.stringify(value)
  if (!takesGzip(request) || json.length < PACKED_FROM_CHARS) return sendJson(reply, value)
  return reply
    .type('application/json; charset=utf-8')
    .headers({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    .send(await packed(json))
}
