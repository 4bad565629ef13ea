/** So long may work on events hold the event loop before others get their turn. */
const SLICE_MS = 8

/**
 * Pages in smaller pieces, and between them a turn for everything else that waits in this process: acks of other
 * sessions must not wait while one is computed. One by one, since a single event may be as long as they are allowed to
 * be, and take longer than a slice alone.
 */
export async function* inSlices<T>(
  pages: AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let since = performance.now()
  for await (const page of pages) {
    for (const item of page) {
      yield [item]
      if (performance.now() - since < SLICE_MS) continue
      await nextTurn()
      since = performance.now()
    }
  }
}

/** Resolves when all else that waits has had its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
