/** So many segments are packed or unpacked beside the one that is worked on, by threads that are idle otherwise. */
export const AHEAD = 3

/**
 * What `work` makes of each item, in order, while it is at work on the next few: packing takes other threads than making
 * the lines does. What fails is thrown in its place; what is under way then is left to end by itself.
 */
export async function* workedAhead<T, R>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = []
  for await (const item of items) {
    const started = work(item)
    // It is waited for in its turn, and may fail before.
    started.catch(() => {})
    underWay.push(started)
    if (underWay.length > AHEAD) yield await (underWay.shift() as Promise<R>)
  }
  for (const started of underWay) yield await started
}
