import { once } from 'node:events'
import net from 'node:net'

/** The network between a page and the service: a TCP proxy on a port of its own that fails as networks do. */
export interface FaultyLink {
  readonly url: string
  /** Resets every connection that is open now; new ones are taken. */
  cut(): void
  /** Resets what is open and refuses what comes, until `up()`. */
  down(): void
  /** Holds all bytes back, of new connections too, until `up()`. */
  stall(): void
  /** What is open now never hears of the other side again, and is not told so; new connections are taken. */
  halfOpen(): void
  /** Each byte takes so long, each way. */
  delay(oneWayMs: number): void
  up(): void
  close(): Promise<void>
}

/** One direction of a connection. */
class Pipe {
  #held: Buffer[] = []
  #isHolding: boolean
  isDeaf = false

  constructor(
    readonly to: net.Socket,
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

export async function startFaultyLink(toPort: number): Promise<FaultyLink> {
  const sockets = new Set<net.Socket>()
  const pipes = new Set<Pipe>()
  let oneWayMs = 0
  let state: 'up' | 'down' | 'stalled' = 'up'

  const server = net.createServer({ noDelay: true }, (client) => {
    if (state === 'down') {
      client.resetAndDestroy()
      return
    }
    const upstream = net.connect({ port: toPort, host: '127.0.0.1', noDelay: true })
    const directions = [
      [client, upstream],
      [upstream, client],
    ] as const
    const both = directions.map(([from, to]) => {
      const pipe = new Pipe(to, state === 'stalled', () => oneWayMs)
      sockets.add(from)
      pipes.add(pipe)
      from.on('data', (chunk) => pipe.push(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        pipes.delete(pipe)
        // The end travels as slowly as the bytes before it, and not at all where nobody hears.
        if (!pipe.isDeaf) setTimeout(() => to.destroy(), oneWayMs)
      })
      return pipe
    })
    return both
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo

  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    down: () => {
      state = 'down'
      cut()
    },
    stall: () => {
      state = 'stalled'
      for (const pipe of pipes) pipe.hold(true)
    },
    halfOpen: () => {
      for (const pipe of pipes) pipe.isDeaf = true
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
