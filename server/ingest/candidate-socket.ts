import type { IncomingMessage } from 'node:http'
import type { Namespace, Socket } from 'socket.io'
import type { TimeLimit } from '../../db/extend-time.js'
import { ExplainedError } from '../../protocol/errors.js'
import { MAX_SOURCE_ID_CHARS } from '../../protocol/limits.js'
import type { CandidateToServer, ServerToCandidate } from '../../protocol/socket-events.js'
import { SUPPORTED_PROTOCOL_VERSIONS } from '../../protocol/version.js'
import type { Gate } from '../auth/gate.js'
import { TokenTerm, watchTerms } from '../auth/token-term.js'
import { type Claims, requireRole, requireSession, signToken, TOKEN_OUTLIVES_SEC } from '../auth/tokens.js'
import { handshakeError } from '../errors.js'
import { forgetHandshake } from '../forget-handshake.js'
import { tabRoom } from '../live/rooms.js'
import type { ConnectedPage } from '../live/second-device.js'
import { admitSource } from './admission.js'
import { BatchesUnderWay } from './batches-under-way.js'
import { type AdmittedCandidate, CandidateConnection } from './candidate-connection.js'
import type { IngestContext } from './ingest.js'

/** What nodes tell each other. */
interface BetweenNodes {
  renewTokens: (sessionId: string, endSec: number) => void
}

export type CandidateNamespace = Namespace<
  CandidateToServer,
  ServerToCandidate,
  BetweenNodes,
  AdmittedCandidate
>
export type CandidateSocket = Socket<CandidateToServer, ServerToCandidate, BetweenNodes, AdmittedCandidate>

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
  const underWay = new BatchesUnderWay()
  namespace.on('connection', (socket) => serveRecorder(context, socket, underWay))
  const terms = watchTerms(namespace, context.clock)
  const renewHere = (sessionId: string, endSec: number) => {
    context.onExtended(sessionId, endSec)
    for (const id of namespace.adapter.rooms.get(tabRoom(sessionId)) ?? []) {
      const socket = namespace.sockets.get(id)
      if (socket) renew(context, socket, endSec).catch((error) => context.log(error, 'renew a token'))
    }
  }
  namespace.on('renewTokens', renewHere)
  const tellExtended = (connectionId: string, { timeLimit, endMs }: TimeLimit) => {
    const socket = namespace.sockets.get(connectionId)
    if (socket === undefined) return
    socket.emit('control', { kind: 'time-extended', timeLimit })
    // One that was told when the time was given has a token for it.
    const endSec = Math.ceil(endMs / 1000)
    if (socket.data.term.endSec >= endSec + TOKEN_OUTLIVES_SEC) return
    renew(context, socket, endSec).catch((error) => context.log(error, 'renew a token'))
  }
  return {
    endBatches: () => underWay.end(),
    stop: () => terms.stop(),
    tellExtended,
    renew: (sessionId, endSec) => {
      renewHere(sessionId, endSec)
      namespace.serverSideEmit('renewTokens', sessionId, endSec)
    },
  }
}

export interface Candidates {
  /** Tells one connection of this node the limit of a session that was given more time, and gives it a token for it. */
  tellExtended(connectionId: string, limit: TimeLimit): void
  /** Takes no batch from now on; resolves once those under way are answered. */
  endBatches(): Promise<void>
  /** Stops looking for tokens that have ended. */
  stop(): void
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
  const isPage = claims.role === 'candidate' && auth.heir !== true
  const isThere = () => socket.conn.readyState === 'open'
  const admitted = await admitSource(context, sessionId, identity, userAgent, 'raise', isPage, isThere)
  // Not a reason to refuse: it only helps to tell pages of one browser from those of two.
  const device = isSourceId(auth.device) ? auth.device : null
  const term = new TokenTerm(claims.exp, context.clock)
  socket.data = { claims, sourceId, userAgent, admitted, term, device, isPage }
  forgetHandshake(socket)
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
  const { admitted, device, isPage } = socket.data
  const { sessionId, source } = admitted
  const connection = new CandidateConnection(context, socket, socket.data, underWay)
  socket.join(tabRoom(sessionId))
  // What a page sends for one that is gone is no sign of life of either.
  if (isPage) {
    const page = { sessionId, connectionId: socket.id, source, device }
    context.onPresence(page, true)
    socket.on('disconnect', () => context.onPresence(page, false))
  }
  socket.use((packet) => connection.receive(packet))
  connection.welcome()
}
