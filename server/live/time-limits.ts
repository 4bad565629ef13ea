import type { TimeLimit } from '../../db/extend-time.js'

/** setTimeout's largest delay; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1
const READ_AGAIN_MS = 5_000

export interface TimeLimitsOptions {
  /** Null where a session has no limit, or takes nothing any more. Throws StoreError. */
  readLimit: (sessionId: string) => Promise<TimeLimit | null>
  /** Tells one connection of this node that the session was given more time: it may have been away when that was told. */
  tellExtended: (connectionId: string, limit: TimeLimit) => void
  /** Tells this node's tabs of a session that its time is over. */
  tellUp: (sessionId: string) => void
  /** Called once its time is over. */
  onUp: (sessionId: string) => Promise<unknown>
  clock: () => number
  log: (error: unknown, where: string) => void
}

interface Limited {
  /** How many of this node: not which, as a set of one takes as much as all the rest. */
  connections: number
  /** As it was last read; null where it was not yet, or there is none. */
  endMs: number | null
  timer: NodeJS.Timeout | null
  /** Those that came while PostgreSQL was away, and are still to be told of more time; mostly there are none. */
  untold: Set<string> | null
}

interface Connection {
  sessionId: string
  connectionId: string
}

/**
 * Tells tabs when the time of their session is over [R17]. Each node tells its own, by the end that PostgreSQL has then:
 * more time may have been given meanwhile, on another node. A tab that comes later is told when it comes, and also of
 * time that was given before.
 */
export class TimeLimits {
  private readonly sessions = new Map<string, Limited>()

  constructor(private readonly options: TimeLimitsOptions) {}

  /** A tab has connected to this node; `disconnected` follows once. */
  connected({ sessionId, connectionId }: Connection): void {
    const known = this.sessions.get(sessionId) ?? { connections: 0, endMs: null, timer: null, untold: null }
    known.connections += 1
    this.sessions.set(sessionId, known)
    void this.look(sessionId, connectionId)
  }

  disconnected({ sessionId, connectionId }: Connection): void {
    const known = this.sessions.get(sessionId)
    if (known === undefined) return
    known.connections -= 1
    known.untold?.delete(connectionId)
    if (known.connections === 0) this.forget(sessionId)
  }

  /** More time was given: what was told is not so any more. */
  extended(sessionId: string, endMs: number): void {
    const known = this.sessions.get(sessionId)
    if (known === undefined) return
    known.endMs = endMs
    this.arm(sessionId, known, endMs)
  }

  stop(): void {
    for (const sessionId of [...this.sessions.keys()]) this.forget(sessionId)
  }

  /** @param newConnectionId a connection that was told nothing yet */
  private async look(sessionId: string, newConnectionId?: string): Promise<void> {
    const { readLimit, tellUp, onUp, clock, log } = this.options
    let endMs: number | null
    let readAgainMs = Number.POSITIVE_INFINITY
    try {
      const limit = await readLimit(sessionId)
      endMs = limit?.endMs ?? null
      this.tellExtended(sessionId, newConnectionId, limit)
    } catch (error) {
      log(error, 'time limit')
      const lastKnown = this.sessions.get(sessionId)
      if (lastKnown === undefined) return
      if (newConnectionId !== undefined) {
        lastKnown.untold ??= new Set()
        lastKnown.untold.add(newConnectionId)
      }
      readAgainMs = clock() + READ_AGAIN_MS
      if (lastKnown.endMs === null) return this.arm(sessionId, lastKnown, readAgainMs)
      // With PostgreSQL away nobody can have been given more time either.
      endMs = lastKnown.endMs
    }
    const known = this.sessions.get(sessionId)
    if (known === undefined) return
    known.endMs = endMs
    if (endMs === null) this.disarm(known)
    else if (endMs > clock()) this.arm(sessionId, known, Math.min(endMs, readAgainMs))
    else {
      this.disarm(known)
      tellUp(sessionId)
      await onUp(sessionId).catch((error) => log(error, 'time limit'))
    }
  }

  private tellExtended(
    sessionId: string,
    newConnectionId: string | undefined,
    limit: TimeLimit | null,
  ): void {
    const known = this.sessions.get(sessionId)
    const untold = [...(known?.untold ?? []), ...(newConnectionId === undefined ? [] : [newConnectionId])]
    if (known) known.untold = null
    if (!limit?.isExtended) return
    for (const connectionId of untold) this.options.tellExtended(connectionId, limit)
  }

  /** Looks again then. */
  private arm(sessionId: string, known: Limited, atMs: number): void {
    this.disarm(known)
    const leftMs = Math.max(0, atMs - this.options.clock())
    known.timer = setTimeout(() => this.look(sessionId), Math.min(leftMs, MAX_TIMEOUT_MS))
  }

  private disarm(known: Limited): void {
    if (known.timer !== null) clearTimeout(known.timer)
    known.timer = null
  }

  private forget(sessionId: string): void {
    const known = this.sessions.get(sessionId)
    if (known) this.disarm(known)
    this.sessions.delete(sessionId)
  }
}
