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
 * @returns false where the packet was refused
 */
export function isWithinTerm(socket: Pick<AnySocket, 'disconnect'>, term: TokenTerm, packet: Event): boolean {
  if (!term.isOver) return true
  refuse(packet, expired())
  socket.disconnect(true)
  return false
}

/**
 * Counts what is asked over a socket like requests over HTTP, batches apart: those have a bound of their own.
 * @returns false where the packet was refused
 */
export function isWithinRate(gate: Gate, claims: Claims, packet: Event): boolean {
  try {
    if (packet[0] !== 'batch') gate.count(claims)
    return true
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error
    refuse(packet, error)
    return false
  }
}

function refuse(packet: Event, error: RecorderError): void {
  const ack = packet.at(-1)
  // The answer to `clock` is a time or none.
  if (typeof ack !== 'function' || packet[0] === 'clock') return
  const retryAfterMs = retryAfterMsOf(error)
  const { code, message } = error
  ack({ ok: false, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
