import type { Namespace, Socket } from 'socket.io'
import type { SourceIdentity } from '../../db/sessions.js'
import type { BatchAck, Welcome } from '../../protocol/batch.js'
import { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
import { LIMITS, MAX_SOURCE_ID_CHARS } from '../../protocol/limits.js'
import type { CandidateToServer, ServerToCandidate } from '../../protocol/socket-events.js'
import { SUPPORTED_PROTOCOL_VERSIONS } from '../../protocol/version.js'
import { type Claims, requireRole, requireSession, verifyToken } from '../auth/tokens.js'
import { handshakeError, toRecorderError } from '../errors.js'
import { tabRoom } from '../live/rooms.js'
import { payloadFirst } from '../payload-first.js'
import { type AdmittedSource, admitSource } from './admission.js'
import type { Writer } from './check-batch.js'
import { type IngestContext, type IngestResult, ingestBatch } from './ingest.js'
import { SourceTimeline } from './source-time.js'

interface CandidateData {
  claims: Claims
  identity: SourceIdentity
  userAgent: string | null
  admitted: AdmittedSource
}

export type CandidateNamespace = Namespace<
  CandidateToServer,
  ServerToCandidate,
  Record<string, never>,
  CandidateData
>
type CandidateSocket = Socket<CandidateToServer, ServerToCandidate, Record<string, never>, CandidateData>

export interface CandidateContext extends IngestContext {
  authSecret: string
  /** Presence changed: a source of this session came or went. */
  onPresence: (sessionId: string, connectionId: string, online: boolean) => void
  log: (error: unknown, where: string) => void
}

/** Wires the recorder's side of the wire: handshake, batches, watermarks, clock. */
export function serveCandidates(namespace: CandidateNamespace, context: CandidateContext): void {
  namespace.use((socket, next) => {
    authenticate(context, socket).then(
      () => next(),
      (error) => next(handshakeError(error, (e) => context.log(e, 'candidate handshake'))),
    )
  })
  namespace.on('connection', (socket) => {
    socket.use(payloadFirst)
    serveRecorder(context, socket)
  })
}

async function authenticate(context: CandidateContext, socket: CandidateSocket): Promise<void> {
  const auth = socket.handshake.auth as Record<string, unknown>
  const claims = await verifyToken(auth.token, context.authSecret)
  requireRole(claims, 'candidate', 'service')
  if (!SUPPORTED_PROTOCOL_VERSIONS.includes(auth.protocol as number)) {
    const known = SUPPORTED_PROTOCOL_VERSIONS.join(', ')
    throw new RecorderError('PROTOCOL_UNSUPPORTED', `This server speaks protocol ${known}.`)
  }
  const { sourceId } = auth
  if (!isSourceId(sourceId))
    throw new RecorderError('SOURCE_INVALID', 'The sourceId is missing or not usable.')
  const sessionId = requireSession(claims, sessionIdOf(claims, auth.sessionId))
  const identity = { role: claims.role, sub: claims.sub, sourceId }
  const userAgent = socket.handshake.headers['user-agent']?.slice(0, 400) ?? null
  const admitted = await admitSource(context, sessionId, identity, userAgent, 'raise')
  socket.data = { claims, identity, userAgent, admitted }
}

export const isSourceId = (id: unknown): id is string =>
  typeof id === 'string' && id.length <= MAX_SOURCE_ID_CHARS && /^[\x21-\x7e]+$/.test(id)

function sessionIdOf(claims: Claims, named: unknown): string {
  if (typeof named === 'string') return named
  if (typeof claims.sid === 'string' && claims.sid !== '*') return claims.sid
  if (Array.isArray(claims.sid) && claims.sid.length === 1) return claims.sid[0] as string
  throw new RecorderError('SESSION_REQUIRED', 'The token opens several sessions.')
}

function serveRecorder(context: CandidateContext, socket: CandidateSocket): void {
  const { identity, userAgent } = socket.data
  let source = socket.data.admitted
  const { sessionId } = source
  const timelineOf = (admitted: AdmittedSource) =>
    new SourceTimeline(admitted.receivedSeq, admitted.lastTimestampMs)
  const writer: Writer = { role: identity.role, timeline: timelineOf(source) }
  let readmission: Promise<void> | null = null

  socket.join(tabRoom(sessionId))
  if (identity.role === 'candidate') {
    context.onPresence(sessionId, socket.id, true)
    socket.on('disconnect', () => context.onPresence(sessionId, socket.id, false))
  }
  const expires = setTimeout(() => socket.disconnect(true), untilMs(socket.data.claims, context.clock()))
  socket.on('disconnect', () => clearTimeout(expires))

  const welcome = (): Welcome => ({
    sessionId,
    epoch: source.epoch,
    receivedSeq: source.receivedSeq,
    committedSeq: source.committedSeq,
    serverTimeMs: context.clock(),
    limits: LIMITS,
  })
  socket.emit('welcome', welcome())

  /** After a change of epoch: once, however many batches ran into it. */
  const readmit = (): Promise<void> => {
    readmission ??= admitSource(context, sessionId, identity, userAgent, source.fence)
      .then((admitted) => {
        source = admitted
        writer.timeline = timelineOf(admitted)
        socket.emit('welcome', welcome())
      })
      .finally(() => {
        readmission = null
      })
    return readmission
  }

  const answer = async (result: IngestResult): Promise<BatchAck> => {
    switch (result.kind) {
      case 'ok': {
        const { kind, rejected, ...watermarks } = result
        return { ok: true, ...watermarks, ...(rejected.length > 0 ? { rejected } : {}) }
      }
      case 'gap':
        return refusal('BATCH_GAP', 'Events before this batch are missing.', {
          expectedSeq: result.expectedSeq,
        })
      case 'closed':
        return refusal('SESSION_CLOSED', 'The session is closed.')
      case 'superseded':
        socket.emit('control', { kind: 'superseded' })
        return refusal('SUPERSEDED', 'This source has a newer connection.')
      case 'epoch':
      case 'unknown':
        await readmit()
        return refusal('EPOCH_CHANGED', 'The buffer has started anew.', {
          expectedSeq: source.receivedSeq + 1,
        })
    }
  }

  socket.on('batch', async (raw, ack) => {
    if (typeof ack !== 'function') return
    try {
      ack(await answer(await ingestBatch(context, source, writer, raw)))
    } catch (error) {
      const known = toRecorderError(error, (e) => context.log(e, 'batch'))
      const retry = known.code === 'TRY_LATER' ? { retryAfterMs: RETRY_AFTER_MS } : {}
      ack({ ok: false, code: known.code, message: known.message, ...retry })
    }
  })

  socket.on('watermark', async (ack) => {
    if (typeof ack !== 'function') return
    try {
      const meta = await context.buffer.meta(sessionId)
      const isOurs = meta?.epoch === source.epoch && meta.runId === (await context.buffer.runId())
      if (!isOurs) await readmit()
      // Of another epoch nothing counts: what was received in it may be gone.
      const fields = isOurs ? meta.fields : {}
      ack({
        epoch: source.epoch,
        receivedSeq: Number(fields[`r${source.source}`] ?? source.receivedSeq),
        committedSeq: Number(fields[`c${source.source}`] ?? source.committedSeq),
      })
    } catch (error) {
      const known = toRecorderError(error, (e) => context.log(e, 'watermark'))
      ack({ ok: false, code: known.code, message: known.message })
    }
  })

  socket.on('clock', (ack) => {
    if (typeof ack === 'function') ack({ serverTimeMs: context.clock() })
  })
}

const RETRY_AFTER_MS = 500
/** setTimeout's largest delay. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** A token that expires closes its socket; the recorder comes back with a new one. */
const untilMs = (claims: Claims, nowMs: number): number => Math.min(claims.exp * 1000 - nowMs, MAX_TIMEOUT_MS)

function refusal(code: ErrorCode, what: string, more: { expectedSeq?: number } = {}): BatchAck {
  return { ok: false, code, message: `${what} ${ERRORS[code].help}`, ...more }
}
