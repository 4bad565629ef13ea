// The limit: Socket.IO connections of which nothing is known, pinged as often as the product's.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { endWithParent } from '../support/child.mjs'

endWithParent()
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  pingInterval: 10_000,
  pingTimeout: 10_000,
})
io.on('connection', (socket) => {
  socket.on('batch', (_batch, ack) => ack({ ok: true }))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
