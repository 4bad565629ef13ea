/** setTimeout's largest delay; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1
const READ_AGAIN_MS = 5_000

export interface TimeLimitsOptions {
  /** When a session's time is over, epoch ms; null where it has no limit, or takes nothing any more. Throws StoreError. */
  readEndMs: (sessionId: string) => Promise<number | null>
  /** Tells this node's tabs of a session. */
  tell: (sessionId: string) => void
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
}

/**
 * Tells tabs when the time of their session is over [R17]. Each node tells its own, by the end that PostgreSQL has then:
 * more time may have been given meanwhile, on another node. A tab that comes later is told when it comes.
 */
export class TimeLimits {
  private readonly sessions = new Map<string, Limited>()

  constructor(private readonly options: TimeLimitsOptions) {}

  /** A tab has connected to this node; `disconnected` follows once. */
  connected(sessionId: string): void {
    const known = this.sessions.get(sessionId) ?? { connections: 0, endMs: null, timer: null }
    known.connections += 1
    this.sessions.set(sessionId, known)
    void this.look(sessionId)
  }

  disconnected(sessionId: string): void {
    const known = this.sessions.get(sessionId)
    if (known === undefined) return
    known.connections -= 1
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

  private async look(sessionId: string): Promise<void> {
    const { readEndMs, tell, onUp, clock, log } = this.options
    let endMs: number | null
    try {
      endMs = await readEndMs(sessionId)
    } catch (error) {
      log(error, 'time limit')
      const lastKnown = this.sessions.get(sessionId)
      if (lastKnown?.endMs === null) return this.arm(sessionId, lastKnown, clock() + READ_AGAIN_MS)
      // With PostgreSQL away nobody can have been given more time either.
      endMs = lastKnown?.endMs ?? null
    }
    const known = this.sessions.get(sessionId)
    if (known === undefined) return
    known.endMs = endMs
    if (endMs === null) this.disarm(known)
    else if (endMs > clock()) this.arm(sessionId, known, endMs)
    else {
      this.disarm(known)
      tell(sessionId)
      await onUp(sessionId).catch((error) => log(error, 'time limit'))
    }
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
