/** So long may work on events hold the event loop before others get their turn. */
const SLICE_MS = 8

/**
 * Pages in smaller pieces, and between them a turn for everything else that waits in this process: acks of other
 * sessions must not wait while one is computed. One by one, since a single event may be as long as they are allowed to
 * be, and take longer than a slice alone.
 */
export async function* inSlices<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  const slice = new Slice()
  for await (const page of pages) {
    for (const item of page) {
      yield [item]
      if (slice.isOver) await slice.next()
    }
  }
}

/** The same for those who go through pages themselves: for each of many thousand events a generator costs as much as little work. */
export class Slice {
  #since = performance.now()

  /** To be asked behind each item; then the next slice is to be waited for. */
  get isOver(): boolean {
    return performance.now() - this.#since >= SLICE_MS
  }

  async next(): Promise<void> {
    await nextTurn()
    this.#since = performance.now()
  }
}

/** Resolves when all else that waits has had its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
