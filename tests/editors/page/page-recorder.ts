import type {
  EventRecorder,
  RecordableEvent,
  RecorderEvents,
} from '../../../client-sdk/src/recorder-types.js'

/** A recorder that keeps what it is told in a list, and costs the adapters nothing. */
export class PageRecorder implements EventRecorder {
  readonly #events: RecordableEvent[] = []
  /** Takes no event while it is set, and throws it. */
  fault: unknown
  /** As where maxBufferedBytes is reached. */
  isFull = false
  #isPaused = false
  readonly #resyncs = new Set<(payload: never) => void>()

  /** As JSON brings them to the service. */
  get events(): RecordableEvent[] {
    return JSON.parse(JSON.stringify(this.#events))
  }

  record(event: RecordableEvent): number {
    if (this.fault !== undefined) throw this.fault
    if (this.isFull) return 0
    if (!this.#isPaused) this.#events.push(event)
    return this.#events.length + 1
  }

  on<E extends keyof RecorderEvents>(event: E, handler: (payload: RecorderEvents[E]) => void): () => void {
    if (event === 'resync') this.#resyncs.add(handler)
    return () => this.#resyncs.delete(handler)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.resync('resumed')
  }

  resync(reason: 'resumed' | 'not_kept'): void {
    for (const tell of this.#resyncs) tell({ reason } as never)
  }
}
