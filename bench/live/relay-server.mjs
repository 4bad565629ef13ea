// The limit: Socket.IO that passes on what it is sent to the watchers of a session, on whatever node they are, through the same
// adapter as the product's servers, and does nothing else.
import { createServer } from 'node:http'
import { createShardedAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { endWithParent } from '../support/child.mjs'

const connect = () => new Redis(String(process.env.REDIS_URL), { maxRetriesPerRequest: null })

endWithParent()
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  adapter: createShardedAdapter(connect(), connect(), {
    subscriptionMode: 'dynamic',
    channelPrefix: 'bench-relay',
  }),
})
io.on('connection', (socket) => {
  const { sends, watches } = socket.handshake.auth
  if (watches) socket.join(`watch:${watches}`)
  socket.on('event', (event) => io.to(`watch:${sends}`).emit('event', event))
  socket.on('end', (ack) => ack())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
