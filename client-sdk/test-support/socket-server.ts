import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { ServerEnd, SimulatedServer } from './simulated-link.js'

export interface SocketServer extends AsyncDisposable {
  readonly url: string
  /** Breaks all connections without a goodbye, as a killed process does. */
  breakAll(): void
}

/** Serves a simulated server over real Socket.IO on a free loopback port. */
export async function serveSockets(
  namespace: string,
  simulated: SimulatedServer,
  prefix = '',
): Promise<SocketServer> {
  const http = createServer()
  const io = new Server(http, { path: `${prefix}/socket.io/`, transports: ['websocket'], serveClient: false })
  const nsp = io.of(namespace)
  nsp.use((socket, next) => {
    const refusal = simulated.handshake(socket.handshake.auth)
    next(refusal ? Object.assign(new Error(refusal.message), { data: refusal }) : undefined)
  })
  nsp.on('connection', (socket) => {
    const end: ServerEnd = {
      auth: socket.handshake.auth,
      push: (event, payload) => socket.emit(event, payload),
      cut: () => socket.conn.close(),
      freeze: () => socket.removeAllListeners(),
      get isOpen() {
        return socket.connected
      },
    }
    socket.onAny((event: string, ...args: unknown[]) => {
      const ack = args.pop() as (answer: unknown) => void
      simulated.received(end, event, args, ack)
    })
    socket.on('disconnect', () => simulated.closed(end))
    simulated.connected(end)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}${prefix}`,
    breakAll: () => {
      for (const socket of nsp.sockets.values()) {
        const { transport } = socket.conn as unknown as { transport: { socket: { terminate(): void } } }
        transport.socket.terminate()
      }
    },
    [Symbol.asyncDispose]: async () => {
      await io.close()
    },
  }
}
