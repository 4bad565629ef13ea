import { once } from 'node:events'
import net from 'node:net'

/** A TCP balancer on loopback: each connection goes to the first server that takes one, in turn. */
export interface Balancer {
  readonly url: string
  /** The ports of the servers, from now on. */
  setPorts(ports: readonly number[]): void
  close(): Promise<void>
}

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  let targets = ports
  let turn = 0
  const open = new Set<net.Socket>()
  const connectAny = async (): Promise<net.Socket | null> => {
    turn += 1
    for (let i = 0; i < targets.length; i++) {
      const socket = net.connect(targets[(turn + i) % targets.length] as number, '127.0.0.1')
      try {
        await once(socket, 'connect')
        return socket
      } catch {
        socket.destroy()
      }
    }
    return null
  }
  const server = net.createServer(async (client) => {
    open.add(client)
    client.on('error', () => {})
    client.on('close', () => open.delete(client))
    const upstream = await connectAny()
    if (upstream === null || client.destroyed) return client.destroy()
    upstream.on('error', () => {})
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    setPorts: (next) => {
      targets = next
    },
    close: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
