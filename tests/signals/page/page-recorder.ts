import { Handlers } from '../../../client-sdk/src/handlers.js'
import type {
  RecordableEvent,
  Recorder,
  RecorderEvents,
  RecorderStatus,
} from '../../../client-sdk/src/recorder-types.js'

/** A recorder that keeps what it is told in a list, and says of itself what a test wants. */
export class PageRecorder implements Recorder {
  readonly sourceId = 'page'
  readonly #events: RecordableEvent[] = []
  readonly #handlers = new Handlers<RecorderEvents>()
  #status: RecorderStatus = {
    state: 'recording',
    recordedSeq: 0,
    receivedSeq: 0,
    committedSeq: 0,
    savedUpToMs: null,
    epoch: 1,
    rejected: [],
    notKept: 0,
    isPaused: false,
    storage: 'disk',
  }
  isClosed = false

  /** As JSON brings them to the service. */
  get events(): RecordableEvent[] {
    return JSON.parse(JSON.stringify(this.#events))
  }

  /** A new object each time, like a recorder's. */
  get status(): RecorderStatus {
    return { ...this.#status }
  }

  get handlerCount(): number {
    return this.#handlerCount
  }
  #handlerCount = 0

  record(event: RecordableEvent): number {
    if (!this.#status.isPaused) this.#events.push(event)
    return this.#events.length
  }

  on<E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void): () => void {
    this.#handlerCount++
    const off = this.#handlers.on(event, handler)
    return () => {
      this.#handlerCount--
      off()
    }
  }

  becomes(change: Partial<RecorderStatus>): void {
    this.#status = { ...this.#status, ...change }
    this.#handlers.emit('status', this.status)
  }

  pause(): void {
    this.becomes({ isPaused: true })
  }

  resume(): void {
    this.becomes({ isPaused: false })
    this.#handlers.emit('resync', { reason: 'resumed' })
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.becomes({ state: 'closed' })
  }

  async whenReceived(): Promise<void> {}
  async whenCommitted(): Promise<void> {}
}
