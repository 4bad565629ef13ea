import type { IncomingMessage } from 'node:http'
import type { Namespace, Socket } from 'socket.io'
import type { SourceIdentity } from '../../db/sessions.js'
import type { BatchAck, Welcome } from '../../protocol/batch.js'
import { ERRORS, type ErrorCode, ExplainedError } from '../../protocol/errors.js'
import { LIMITS, MAX_SOURCE_ID_CHARS } from '../../protocol/limits.js'
import type { CandidateToServer, Refusal, ServerToCandidate } from '../../protocol/socket-events.js'
import { SUPPORTED_PROTOCOL_VERSIONS } from '../../protocol/version.js'
import type { Gate } from '../auth/gate.js'
import { holdToRate, holdToTerm } from '../auth/socket-guards.js'
import { TokenTerm } from '../auth/token-term.js'
import { type Claims, requireRole, requireSession, signToken, TOKEN_OUTLIVES_SEC } from '../auth/tokens.js'
import { handshakeError, retryAfterMsOf, toRecorderError } from '../errors.js'
import { tabRoom } from '../live/rooms.js'
import type { ConnectedPage } from '../live/second-device.js'
import { payloadFirst } from '../payload-first.js'
import { type AdmittedSource, admitSource } from './admission.js'
import type { Writer } from './check-batch.js'
import { type IngestContext, type IngestResult, ingestBatch } from './ingest.js'
import { Pace } from './pace.js'
import { SourceTimeline } from './source-time.js'

interface CandidateData {
  claims: Claims
  identity: SourceIdentity
  userAgent: string | null
  admitted: AdmittedSource
  term: TokenTerm
  device: string | null
  /** Sends what an earlier page load left. */
  isHeir: boolean
}

/** What nodes tell each other. */
interface BetweenNodes {
  renewTokens: (sessionId: string, endSec: number) => void
}

export type CandidateNamespace = Namespace<CandidateToServer, ServerToCandidate, BetweenNodes, CandidateData>
type CandidateSocket = Socket<CandidateToServer, ServerToCandidate, BetweenNodes, CandidateData>

export interface CandidateContext extends IngestContext {
  gate: Gate
  authSecret: string
  addressOf: (request: IncomingMessage) => string
  /** Presence changed: a candidate's page came or went. */
  onPresence: (page: ConnectedPage, online: boolean) => void
  /** The session has more time, until this second of the epoch. */
  onExtended: (sessionId: string, endSec: number) => void
  log: (error: unknown, where: string) => void
}

/** Wires the recorder's side of the wire: handshake, batches, watermarks, clock. */
export function serveCandidates(namespace: CandidateNamespace, context: CandidateContext): Candidates {
  namespace.use((socket, next) => {
    authenticate(context, socket).then(
      () => next(),
      (error) => next(handshakeError(error, (e) => context.log(e, 'candidate handshake'))),
    )
  })
  namespace.on('connection', (socket) => {
    socket.use(payloadFirst)
    serveRecorder(context, socket, underWay)
  })
  const underWay = new BatchesUnderWay()
  const renewHere = (sessionId: string, endSec: number) => {
    context.onExtended(sessionId, endSec)
    for (const id of namespace.adapter.rooms.get(tabRoom(sessionId)) ?? []) {
      const socket = namespace.sockets.get(id)
      if (socket) renew(context, socket, endSec).catch((error) => context.log(error, 'renew a token'))
    }
  }
  namespace.on('renewTokens', renewHere)
  return {
    endBatches: () => underWay.end(),
    renew: (sessionId, endSec) => {
      renewHere(sessionId, endSec)
      namespace.serverSideEmit('renewTokens', sessionId, endSec)
    },
  }
}

export interface Candidates {
  /** Takes no batch from now on; resolves once those under way are answered. */
  endBatches(): Promise<void>
  /** Gives the tabs of a session, whatever node they are connected to, tokens that outlive `endSec` (epoch seconds). */
  renew(sessionId: string, endSec: number): void
}

/**
 * A token of the same bearer for the same session. The socket lasts as long from now on, whether its recorder takes
 * the token or not: it is the one that the next connection needs.
 */
async function renew(context: CandidateContext, socket: CandidateSocket, endSec: number): Promise<void> {
  const { claims, admitted, term } = socket.data
  // A service has its own ways to a token, and none of a candidate's would fit it.
  if (claims.role !== 'candidate') return
  const expSec = Math.max(term.endSec, endSec + TOKEN_OUTLIVES_SEC)
  const expiresInSec = expSec - Math.floor(Date.now() / 1000)
  const request = { role: claims.role, sub: claims.sub, sid: admitted.sessionId, expiresInSec }
  const token = await signToken(request, context.authSecret)
  term.prolong(expSec)
  socket.emit('control', { kind: 'token', token })
}

async function authenticate(context: CandidateContext, socket: CandidateSocket): Promise<void> {
  const auth = socket.handshake.auth as Record<string, unknown>
  const claims = await context.gate.admit(auth.token, context.addressOf(socket.request))
  requireRole(claims, 'candidate', 'service')
  if (!SUPPORTED_PROTOCOL_VERSIONS.includes(auth.protocol as number)) {
    const known = SUPPORTED_PROTOCOL_VERSIONS.join(', ')
    throw new ExplainedError('PROTOCOL_UNSUPPORTED', `This server speaks protocol ${known}.`)
  }
  const { sourceId } = auth
  if (!isSourceId(sourceId))
    throw new ExplainedError('SOURCE_INVALID', 'The sourceId is missing or not usable.')
  const sessionId = requireSession(claims, sessionIdOf(claims, auth.sessionId))
  const identity = { role: claims.role, sub: claims.sub, sourceId }
  const userAgent = socket.handshake.headers['user-agent']?.slice(0, 400) ?? null
  const isHeir = auth.heir === true
  const isReturning = claims.role === 'candidate' && !isHeir
  const isThere = () => socket.conn.readyState === 'open'
  const admitted = await admitSource(context, sessionId, identity, userAgent, 'raise', isReturning, isThere)
  // Not a reason to refuse: it only helps to tell pages of one browser from those of two.
  const device = isSourceId(auth.device) ? auth.device : null
  Object.assign(socket.data, { claims, identity, userAgent, admitted, device, isHeir })
}

export const isSourceId = (id: unknown): id is string =>
  typeof id === 'string' && id.length <= MAX_SOURCE_ID_CHARS && /^[\x21-\x7e]+$/.test(id)

function sessionIdOf(claims: Claims, named: unknown): string {
  if (typeof named === 'string') return named
  if (typeof claims.sid === 'string' && claims.sid !== '*') return claims.sid
  if (Array.isArray(claims.sid) && claims.sid.length === 1) return claims.sid[0] as string
  throw new ExplainedError('SESSION_REQUIRED', 'The token opens several sessions.')
}

function serveRecorder(context: CandidateContext, socket: CandidateSocket, underWay: BatchesUnderWay): void {
  const { identity, userAgent } = socket.data
  const isPage = identity.role === 'candidate' && !socket.data.isHeir
  let source = socket.data.admitted
  const { sessionId } = source
  const timelineOf = (admitted: AdmittedSource) =>
    new SourceTimeline(admitted.receivedSeq, admitted.lastTimestampMs)
  const { candidateTypes } = context
  const writer: Writer = { role: identity.role, timeline: timelineOf(source), candidateTypes }
  const newPace = () => new Pace(context.clock, () => context.onBound('retryAfter'))
  let pace = newPace()
  let readmission: Promise<void> | null = null

  socket.join(tabRoom(sessionId))
  // What a page sends for one that is gone is no sign of life of either.
  if (isPage) {
    const page = { sessionId, connectionId: socket.id, source: source.source, device: socket.data.device }
    context.onPresence(page, true)
    socket.on('disconnect', () => context.onPresence(page, false))
  }
  socket.data.term = new TokenTerm(socket.data.claims.exp, context.clock, () => socket.disconnect(true))
  holdToTerm(socket, socket.data.term)
  holdToRate(socket, context.gate, socket.data.claims)

  const welcome = (): Welcome => ({
    sessionId,
    epoch: source.epoch,
    receivedSeq: source.receivedSeq,
    committedSeq: source.committedSeq,
    serverTimeMs: context.clock(),
    limits: LIMITS,
    ...(source.keystrokeSampling === null ? {} : { sampling: { keystroke: source.keystrokeSampling } }),
  })
  socket.emit('welcome', welcome())

  /**
   * After a change of epoch: once, however many batches ran into it. A page comes back with it: that it was there all the
   * time may have been lost with Redis, and its session given up since [R17].
   */
  const readmit = (): Promise<void> => {
    readmission ??= admitSource(context, sessionId, identity, userAgent, source.fence, isPage)
      .then((admitted) => {
        source = admitted
        writer.timeline = timelineOf(admitted)
        // With a welcome a recorder begins anew, and waits for nothing that it was asked before.
        pace = newPace()
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
        const { kind, rejected, skipped, ...watermarks } = result
        if (watermarks.retryAfterMs !== undefined) pace.asked(watermarks.retryAfterMs)
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

  const refusedFor = (error: unknown, where: string): Refusal => {
    const known = toRecorderError(error, (e) => context.log(e, where))
    const retryAfterMs = retryAfterMsOf(known) ?? (known.code === 'TRY_LATER' ? RETRY_AFTER_MS : undefined)
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
    return { ok: false, code: known.code, message: known.message, ...retry }
  }

  let inFlight = 0
  socket.on('batch', async (raw, ack) => {
    // Of a server that stops: not answered is sent again, elsewhere.
    if (typeof ack !== 'function' || !underWay.begin()) return
    inFlight += 1
    try {
      if (inFlight > MAX_IN_FLIGHT) throw context.gate.tooManyInFlight(RETRY_AFTER_MS)
      pace.check()
      ack(await answer(await ingestBatch(context, source, writer, raw)))
    } catch (error) {
      ack(refusedFor(error, 'batch'))
    } finally {
      inFlight -= 1
      underWay.done()
    }
  })

  socket.on('watermark', async (ack) => {
    if (typeof ack !== 'function') return
    try {
      const meta = await context.buffer.head(sessionId, [`r${source.source}`, `c${source.source}`])
      const isOurs = meta?.epoch === source.epoch && meta.runId === (await context.buffer.runId(sessionId))
      if (!isOurs) await readmit()
      // Of another epoch nothing counts: what was received in it may be gone.
      const fields = isOurs ? meta.fields : {}
      ack({
        epoch: source.epoch,
        receivedSeq: Number(fields[`r${source.source}`] ?? source.receivedSeq),
        committedSeq: Number(fields[`c${source.source}`] ?? source.committedSeq),
      })
    } catch (error) {
      ack(refusedFor(error, 'watermark'))
    }
  })

  socket.on('clock', (ack) => {
    if (typeof ack === 'function') ack({ serverTimeMs: context.clock() })
  })
}

/** The batches of all connections of this node that are being answered. */
class BatchesUnderWay {
  private count = 0
  private whenDone: (() => void) | null = null
  private isEnding = false

  /** False where no more are taken. */
  begin(): boolean {
    if (this.isEnding) return false
    this.count += 1
    return true
  }

  done(): void {
    this.count -= 1
    if (this.count === 0) this.whenDone?.()
  }

  end(): Promise<void> {
    this.isEnding = true
    if (this.count === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.whenDone = resolve
    })
  }
}

const RETRY_AFTER_MS = 500
/**
 * Of one connection [I8]. Twice what `welcome` allows: a recorder that begins again may have a whole window under way
 * that it counts no longer. What is refused here is sent again in its order, as after a gap.
 */
const MAX_IN_FLIGHT = 2 * LIMITS.maxInFlightBatches
function refusal(code: ErrorCode, what: string, more: { expectedSeq?: number } = {}): BatchAck {
  return { ok: false, code, message: `${what} ${ERRORS[code].help}`, ...more }
}
