import type { Logger } from 'pino'
import type { Counter } from 'prom-client'

/** What of a server is bounded [I8], by the name that metrics and log use; docs/operations.md says what to do about each. */
export const BOUND_NAMES = [
  /** Redis holds as much as it may. */
  'redisBudget',
  /** A recorder goes on sending although it was asked to wait. */
  'retryAfter',
  /** Batches wait in this process for Redis. */
  'appendQueue',
  /** Batches of one connection under way at once. */
  'inFlight',
  /** Requests of one caller, refused tokens and new sockets of one address. */
  'caller',
  'address',
  'connections',
  /** Sources of one session's candidate. */
  'candidateSources',
  /** What waits for one watcher's socket. */
  'watcherQueue',
  /** Exports at once. */
  'exports',
  /** Rows of one session's annotations log. */
  'annotations',
  /** Turns and tokens of one session's chat. */
  'chat',
  /** The text that a state may hold. */
  'stateSize',
] as const
export type BoundName = (typeof BOUND_NAMES)[number]

/** A bound that a flood reaches thousands of times a second is said once in so long. */
const SAY_AGAIN_MS = 60_000

/** Says when a bound is reached, and of one that lasts when it is left: each time in the metrics, in the log now and then. */
export class Bounds {
  private readonly saidAtMs = new Map<BoundName, number>()

  constructor(
    private readonly log: Logger,
    private readonly counter: Counter<'bound'>,
    private readonly clock: () => number,
  ) {}

  reached(bound: BoundName, facts: object = {}): void {
    this.counter.inc({ bound })
    const nowMs = this.clock()
    if (nowMs - (this.saidAtMs.get(bound) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return
    this.saidAtMs.set(bound, nowMs)
    this.log.warn({ bound, ...facts }, 'a bound is reached')
  }

  /** Reached again it is said at once. */
  left(bound: BoundName, facts: object = {}): void {
    this.saidAtMs.delete(bound)
    this.log.info({ bound, ...facts }, 'a bound is left')
  }
}
