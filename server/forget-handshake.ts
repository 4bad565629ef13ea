import type { IncomingMessage } from 'node:http'

/** What of a Socket.IO socket is touched here, whatever its events. */
interface Shaken {
  request: IncomingMessage
}

/**
 * Lets go of what a socket's handshake and its first request hold: headers, address, query, token. Socket.IO keeps both for as long as
 * the connection lasts, also where its reference to the request is removed, since a listener of Engine.IO has another. 1.2 KB of heap
 * for each of many thousand connections; to be called once nobody asks for them any more.
 */
export function forgetHandshake(socket: Shaken): void {
  Object.assign(socket, { handshake: FORGOTTEN })
  Object.assign(socket.request, { headers: FORGOTTEN, rawHeaders: NO_HEADERS, url: '', _query: FORGOTTEN })
}

/** Shared by all: frozen, so that nobody writes to what others read. */
const FORGOTTEN = Object.freeze({})
const NO_HEADERS: readonly string[] = Object.freeze([])
