import type { Environment } from './environment.js'
import type { OpenOutbox, Outbox, OutboxEntry, StorageState } from './outbox.js'
import { sessionOf } from './session-of.js'

/** Writes to an outbox beside the recording. A failure is told and stops nothing: the events are in memory too. */
export class OutboxWriter {
  readonly outbox: Outbox
  state: StorageState = 'memory'
  /** What is kept belongs to this session. */
  sessionId: string | null = null
  /** Called when `state` changes. An outbox may have something to say of it while it is opened. */
  onChange = () => {}

  constructor(
    sourceId: string,
    readonly given: Outbox | OpenOutbox,
    readonly env: Pick<Environment, 'nowMs' | 'wallMs'>,
  ) {
    if (typeof given === 'function') {
      this.state = 'opening'
      this.outbox = given(sourceId, (state) => this.#become(state))
    } else this.outbox = given
  }

  /** Nothing where it is not known yet. */
  belongTo(sessionId: string | null): void {
    if (sessionId === null || sessionId === this.sessionId) return
    this.sessionId = sessionId
    this.outbox.belongsTo?.(sessionId)
  }

  /** To the session that a token opens, where it says so. */
  belongToSessionOf(token: string): void {
    this.belongTo(sessionOf(token))
  }

  keep(entries: readonly OutboxEntry[]): void {
    const aheadMs = wallAheadMs(this.env)
    // Copies: the queue's own objects change when their times are mapped.
    const copies = entries.map(({ seq, json, timestampMs, mapped }) => {
      return { seq, json, timestampMs: mapped ? timestampMs : timestampMs + aheadMs, mapped }
    })
    this.#run(() => this.outbox.append(copies))
  }

  forgetThrough(seq: number): void {
    this.#run(() => this.outbox.forgetThrough(seq))
  }

  #run(write: () => Promise<void> | void): void {
    try {
      const done = write()
      if (done) {
        done.then(
          () => this.#become('memory'),
          () => this.#become('failed'),
        )
      } else if (this.outbox === this.given) this.#become('memory')
    } catch {
      this.#become('failed')
    }
  }

  #become(state: StorageState): void {
    if (this.state === state) return
    this.state = state
    this.onChange()
  }
}

/**
 * The wall clock's time less the local one. What is kept before the server's time is known is kept in wall clock time: the local
 * clock of another page load began elsewhere.
 */
export const wallAheadMs = ({ wallMs, nowMs }: Pick<Environment, 'nowMs' | 'wallMs'>): number =>
  wallMs ? wallMs() - nowMs() : 0
