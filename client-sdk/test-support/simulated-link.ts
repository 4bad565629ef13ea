import type { Link, LinkEvents, LinkTarget, OpenLink } from '../src/link.js'
import type { VirtualTime } from './virtual-time.js'

/** The service's end of one connection. */
export interface ServerEnd {
  readonly auth: Record<string, unknown>
  push(event: string, payload: unknown): void
  /** The connection breaks; what is under way is lost, and both ends get to know. */
  cut(): void
  /** The connection goes silent: packets vanish, and nobody gets to know. */
  freeze(): void
  readonly isOpen: boolean
}

export interface SimulatedServer {
  /** Answers a handshake: a refusal, or null to accept. */
  handshake(auth: Record<string, unknown>): { code: string; message: string; retryAfterMs?: number } | null
  connected(end: ServerEnd): void
  received(end: ServerEnd, event: string, args: readonly unknown[], ack: (answer: unknown) => void): void
  closed(end: ServerEnd): void
}

export interface NetworkFaults {
  latencyMs: () => number
  /** Whether this ack is lost, though its connection goes on. */
  losesAck: () => boolean
  /** Whether this packet reaches the server twice. */
  doubles: () => boolean
}

/** Links to a server in the same process: packets stay in order within a direction, and take their time. */
export function simulatedLinks(time: VirtualTime, server: SimulatedServer, faults: NetworkFaults): OpenLink {
  return (target: LinkTarget, client: LinkEvents): Link => {
    let state: 'shaking' | 'open' | 'frozen' | 'closed' = 'shaking'
    let clientHears = true
    const lane = () => {
      let freeAtMs = 0
      return (run: () => void) => {
        freeAtMs = Math.max(freeAtMs, time.nowMs + faults.latencyMs())
        time.after(freeAtMs - time.nowMs, run)
      }
    }
    const toServer = lane()
    const toClient = lane()
    const deliver = (run: () => void) => {
      if (state === 'open' && clientHears) run()
    }
    const auth = JSON.parse(JSON.stringify(target.auth)) as Record<string, unknown>
    const end: ServerEnd = {
      auth,
      push: (event, payload) => {
        const copy = structuredClone(payload)
        toClient(() => deliver(() => client.received(event, copy)))
      },
      cut: () => {
        if (state === 'closed') return
        state = 'closed'
        server.closed(end)
        time.after(faults.latencyMs(), () => {
          if (clientHears) client.lost('transport close')
        })
      },
      freeze: () => {
        if (state === 'open') state = 'frozen'
      },
      get isOpen() {
        return state === 'open'
      },
    }
    toServer(() => {
      if (!clientHears || state === 'closed') return
      const refusal = server.handshake(auth)
      if (refusal) {
        state = 'closed'
        toClient(() => {
          if (clientHears) client.refused(refusal as never)
        })
        return
      }
      state = 'open'
      toClient(() => deliver(() => client.connected()))
      server.connected(end)
    })
    return {
      emit: (event, args, ack) => {
        const copy = JSON.parse(JSON.stringify(args)) as unknown[]
        const arrive = () => {
          if (state !== 'open') return
          server.received(end, event, copy, (answer) => {
            if (faults.losesAck()) return
            const answerCopy = structuredClone(answer)
            // Acks overtake each other and what is pushed, and come even after the link was closed: a recorder
            // must not count on a socket to keep them from it.
            time.after(faults.latencyMs() * 2, () => {
              if (state !== 'frozen') ack(answerCopy)
            })
          })
        }
        toServer(arrive)
        if (faults.doubles()) toServer(arrive)
      },
      close: () => {
        clientHears = false
        // What was sent before still arrives, as it does from a socket that is closed in an orderly way.
        toServer(() => {
          if (state === 'closed') return
          state = 'closed'
          server.closed(end)
        })
      },
    }
  }
}
