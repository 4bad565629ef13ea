/** So long may work on events hold the event loop before others get their turn. */
const SLICE_MS = 8
const SLICE_EVENTS = 25

/**
 * Pages in smaller pieces, and between them a turn for everything else that waits in this process: acks of other
 * sessions must not wait while one is computed.
 */
export async function* inSlices<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  let since = performance.now()
  for await (const page of pages) {
    for (let from = 0; from < page.length; from += SLICE_EVENTS) {
      yield page.slice(from, from + SLICE_EVENTS)
      if (performance.now() - since < SLICE_MS) continue
      await nextTurn()
      since = performance.now()
    }
  }
}

/** Resolves when all else that waits has had its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
