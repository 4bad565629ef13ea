/**
 * `work`, but never beside itself in this process: while it is under way, being asked again does nothing.
 *
 * Tasks of the sweep come by the clock. One that takes longer than until the next would otherwise take the place of all
 * others, one after another, and nobody would look for sessions that are due to be flushed.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isUnderWay = false
  return async () => {
    if (isUnderWay) return
    isUnderWay = true
    try {
      await work()
    } finally {
      isUnderWay = false
    }
  }
}
