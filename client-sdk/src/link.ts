import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client'
import type { ErrorCode } from '../../protocol/errors.js'
import { splitUrl } from './service-url.js'

export type TransportOptions = Partial<ManagerOptions & SocketOptions>

export interface LinkTarget {
  url: string
  /** `/candidate` or `/proctor`. */
  namespace: string
  auth: object
  transportOptions: TransportOptions | undefined
}

export interface Refused {
  code: ErrorCode
  message: string
  retryAfterMs?: number
}

/** What a link reports; after `lost` or `refused` it reports nothing more. */
export interface LinkEvents {
  connected(): void
  lost(reason: string): void
  /** The handshake was answered with a code. */
  refused(refusal: Refused): void
  received(event: string, payload: unknown): void
}

/** One connection, from its handshake to its end. It is never connected again: a new one is opened instead. */
export interface Link {
  /** Plain and unbuffered: what is sent into a dead link is lost, and its ack never comes. */
  emit(event: string, args: readonly unknown[], ack: (answer: unknown) => void): void
  /** Reports nothing more. */
  close(): void
}

export type OpenLink = (target: LinkTarget, events: LinkEvents) => Link

/**
 * A link over socket.io-client. Its own reconnection, buffering and retries are off: a resend has to start from
 * the watermarks of a welcome, and packets that Socket.IO keeps over a reconnect would come before it.
 */
export const openSocketLink: OpenLink = ({ url, namespace, auth, transportOptions }, events) => {
  const { origin, prefix } = splitUrl(url)
  const socket = io(origin + namespace, {
    path: `${prefix}/socket.io/`,
    timeout: HANDSHAKE_TIMEOUT_MS,
    ...transportOptions,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth,
  })
  let isOver = false
  const end = (report?: () => void) => {
    if (isOver) return
    isOver = true
    socket.offAny()
    socket.off()
    socket.disconnect()
    report?.()
  }
  socket.on('connect', () => events.connected())
  socket.on('disconnect', (reason) => end(() => events.lost(reason)))
  socket.on('connect_error', (error: Error & { data?: unknown }) => {
    const refusal = asRefusal(error.data)
    end(() => (refusal ? events.refused(refusal) : events.lost(error.message)))
  })
  socket.onAny((event: string, payload: unknown) => events.received(event, payload))
  return {
    emit: (event, args, ack) => {
      if (!isOver && socket.connected) socket.emit(event, ...args, ack)
    },
    close: () => end(),
  }
}

/** TCP, TLS, WebSocket and the service's own check of the token. */
const HANDSHAKE_TIMEOUT_MS = 10_000

function asRefusal(data: unknown): Refused | null {
  const { code, message, retryAfterMs } = (data ?? {}) as Record<string, unknown>
  if (typeof code !== 'string') return null
  return {
    code: code as ErrorCode,
    message: typeof message === 'string' ? message : code,
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  }
}
