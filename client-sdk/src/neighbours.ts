import type { Outbox, OutboxEntry } from './outbox.js'
import type { Sender } from './sender.js'

/** Two looks soon after the start tell a page that lives from one that is just going. */
const FIRST_LOOKS_MS = 3_000
const LOOK_MS = 30_000
const HEIR_TIMEOUT_MS = 120_000

/** The other page loads that share a recorder's outbox: sends what those that are gone left, and notices those that live [R11]. */
export class Neighbours {
  #looks = 0

  constructor(readonly sender: Sender) {}

  /** Looks around now and then, as long as the recorder goes on. */
  start(): void {
    if (this.#looks === 0) this.#look()
  }

  #look(): void {
    const { core, host } = this.sender
    const { outbox, sessionId } = host.outbox
    // An heir has no heirs.
    if (!outbox.takeOver || sessionId === null || host.options.restored || core.ending !== null) return
    this.#looks++
    const again = () => {
      if (core.ending !== null) return
      host.env.after(this.#looks < 3 ? FIRST_LOOKS_MS : LOOK_MS, () => this.#look())
    }
    outbox
      .takeOver(sessionId, {
        send: (sourceId, entries, outbox) => this.#send(sourceId, entries, outbox),
        sees: (otherSourceId) =>
          host.record({ type: 'second_tab', data: { source: 'browser', otherSourceId } }),
      })
      .then(again, again)
  }

  #send(sourceId: string, restored: readonly OutboxEntry[], outbox: Outbox): Promise<boolean> {
    const { host, token } = this.sender
    // A text can't be renewed, and an heir that takes it for a function would try to.
    const fixed = typeof host.options.token === 'string' ? token.current : undefined
    const heir = host.makeHeir({ sourceId, restored, outbox, token: fixed ?? (() => token.get()) })
    return heir.close({ waitFor: 'committed', timeoutMs: HEIR_TIMEOUT_MS }).then(
      () => true,
      () => false,
    )
  }
}
