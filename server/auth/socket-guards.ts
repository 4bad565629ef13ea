import type { Event, Socket } from 'socket.io'
import { RecorderError } from '../../protocol/errors.js'
import { retryAfterMsOf } from '../errors.js'
import type { Gate } from './gate.js'
import type { TokenTerm } from './token-term.js'
import type { Claims } from './tokens.js'
import { expired } from './verifier.js'

/** Middleware takes any socket, whatever its events. */
// biome-ignore lint/suspicious/noExplicitAny: the types of a socket's events are not this file's business
type AnySocket = Socket<any, any, any, any>

/**
 * Nothing more is taken from a socket whose token has ended: what still arrives is answered TOKEN_EXPIRED, so that its
 * sender keeps it for its next connection, and the socket is closed.
 */
export function holdToTerm(socket: AnySocket, term: TokenTerm): void {
  socket.use((packet, next) => {
    if (!term.isOver) return next()
    refuse(packet, expired())
    socket.disconnect(true)
  })
  socket.on('disconnect', () => term.stop())
}

/** Counts what is asked over a socket like requests over HTTP, batches apart: those have a bound of their own. */
export function holdToRate(socket: AnySocket, gate: Gate, claims: Claims): void {
  socket.use((packet, next) => {
    try {
      if (packet[0] !== 'batch') gate.count(claims)
      next()
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error
      refuse(packet, error)
    }
  })
}

function refuse(packet: Event, error: RecorderError): void {
  const ack = packet.at(-1)
  // The answer to `clock` is a time or none.
  if (typeof ack !== 'function' || packet[0] === 'clock') return
  const retryAfterMs = retryAfterMsOf(error)
  const { code, message } = error
  ack({ ok: false, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
