/** Handlers by event name. A handler that throws is reported as the page's own error and stops nothing here. */
export class Handlers<Events> {
  #byEvent = new Map<keyof Events, Set<(payload: never) => void>>()

  on<E extends keyof Events>(event: E, handler: (payload: Events[E]) => void): () => void {
    const handlers = this.#byEvent.get(event) ?? new Set()
    this.#byEvent.set(event, handlers)
    handlers.add(handler)
    return () => handlers.delete(handler)
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const handler of this.#byEvent.get(event) ?? []) callSafely(() => handler(payload as never))
  }
}

/** Runs code of the page. What it throws goes where its uncaught errors go, not into the SDK's own work. */
export function callSafely(run: () => void): void {
  try {
    run()
  } catch (error) {
    reportUncaught(error)
  }
}

/** Has an error go where the page's own uncaught errors go. */
export function reportUncaught(error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
  else
    queueMicrotask(() => {
      throw error
    })
}
