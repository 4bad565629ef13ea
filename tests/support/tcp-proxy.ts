import { once } from 'node:events'
import net from 'node:net'

/**
 * The network between clients and one or more servers: a TCP proxy on a loopback port of its own that fails as
 * networks do. With several servers it is their balancer: connections go round, past those that refuse.
 */
export interface TcpProxy {
  readonly url: string
  /** Connections that are open now. */
  readonly connections: number
  /** Resets what is open now, or a share of it; new connections are taken. */
  cut(share?: number, random?: () => number): void
  /** Resets what is open and refuses what comes, until `up()`. */
  down(): void
  /** Holds all bytes back, of new connections too, until `up()`. */
  stall(): void
  /** In this direction what is open now never carries a byte again, and nobody is told; new connections are taken. */
  halfOpen(silent?: Silent): void
  /** Each byte takes so long, each way; 0: none. */
  delay(oneWayMs: number): void
  /** Ends `down` and `stall`. */
  up(): void
  close(): Promise<void>
}

export type Silent = 'both' | 'to-server' | 'to-client'

/** One direction of a connection. */
class Pipe {
  #held: Buffer[] = []
  #isHolding: boolean
  isDeaf = false

  constructor(
    readonly to: net.Socket,
    readonly direction: Exclude<Silent, 'both'>,
    isHolding: boolean,
    readonly delayMs: () => number,
  ) {
    this.#isHolding = isHolding
  }

  hold(isHolding: boolean): void {
    this.#isHolding = isHolding
    if (!isHolding) for (const chunk of this.#held.splice(0)) this.#write(chunk)
  }

  push(chunk: Buffer): void {
    if (this.isDeaf) return
    if (this.#isHolding) this.#held.push(chunk)
    else this.#write(chunk)
  }

  #write(chunk: Buffer): void {
    const write = () => {
      if (!this.isDeaf && this.to.writable) this.to.write(chunk)
    }
    const delayMs = this.delayMs()
    // Timers of equal length fire in the order they were set, so the bytes stay in theirs.
    if (delayMs > 0) setTimeout(write, delayMs)
    else write()
  }
}

/** @param toPorts of servers on 127.0.0.1 */
export async function startProxy(...toPorts: readonly number[]): Promise<TcpProxy> {
  const clients = new Set<net.Socket>()
  const pipes = new Set<Pipe>()
  let oneWayMs = 0
  let state: 'up' | 'down' | 'stalled' = 'up'
  let turn = 0

  const join = (client: net.Socket, upstream: net.Socket) => {
    const directions = [
      [client, upstream, 'to-server'],
      [upstream, client, 'to-client'],
    ] as const
    for (const [from, to, direction] of directions) {
      const pipe = new Pipe(to, direction, state === 'stalled', () => oneWayMs)
      pipes.add(pipe)
      from.on('data', (chunk) => pipe.push(chunk))
      from.on('close', () => {
        pipes.delete(pipe)
        // The end travels as slowly as the bytes before it, behind them, and not at all where nobody hears.
        if (!pipe.isDeaf) setTimeout(() => to.destroySoon(), oneWayMs)
      })
    }
  }

  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, async (client) => {
    client.on('error', () => {})
    if (state === 'down') {
      client.resetAndDestroy()
      return
    }
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const first = turn++
    for (let i = 0; i < toPorts.length && !client.destroyed; i++) {
      const upstream = await connected(toPorts[(first + i) % toPorts.length] as number)
      if (upstream === null) continue
      if (client.destroyed) upstream.destroy()
      else {
        join(client, upstream)
        client.resume()
      }
      return
    }
    client.resetAndDestroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  const cut = (share = 1, random = Math.random) => {
    // The server learns of it by the closing of the client's side.
    for (const socket of clients) if (share === 1 || random() < share) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return clients.size
    },
    cut,
    down: () => {
      state = 'down'
      cut()
    },
    stall: () => {
      state = 'stalled'
      for (const pipe of pipes) pipe.hold(true)
    },
    halfOpen: (silent = 'both') => {
      for (const pipe of pipes) if (silent === 'both' || pipe.direction === silent) pipe.isDeaf = true
    },
    delay: (ms) => {
      oneWayMs = ms
    },
    up: () => {
      state = 'up'
      for (const pipe of pipes) pipe.hold(false)
    },
    close: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A connection to a server; null where it refuses. */
async function connected(port: number): Promise<net.Socket | null> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket))
    socket.once('close', () => resolve(null))
  })
}
